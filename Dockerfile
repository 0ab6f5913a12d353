# The whole program in one image; the roles of a container are named when it starts.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY emulators/package.json emulators/
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY . .
RUN node scripts/build.ts && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV ENVIRONMENT=production HOST=0.0.0.0 PORT=8000
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules node_modules
COPY --from=build --chown=root:root /app/emulators/package.json emulators/
COPY --from=build --chown=root:root /app/bin bin
COPY --from=build --chown=root:root /app/config config
COPY --from=build --chown=root:root /app/dist dist
# The only folder that is written to: the rest of the file system may be read-only.
RUN mkdir data && chown node:node data
VOLUME /app/data
# A number, so that a cluster can see that it is not root.
USER 1000:1000
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/pm-agent.js"]
CMD ["start"]
