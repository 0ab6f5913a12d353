const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

// Endings that belong to hosts and hardly ever to anything else, with the reserved and private ones.
const HOST_ENDINGS = words(`
  com net org info biz edu gov mil int arpa dev cloud online site store shop tech xyz top icu vip mobi tel asia
  coop aero onion example invalid localhost internal intranet corp lan software solutions hosting agency studio
  academy university ninja guru codes engineering domains wiki blog website email eu uk de fr nl be ch es pt pl
  se fi dk cz sk hu ro bg gr tr ru ua by kz ge ee lv lt ie lu li mt cy hr si rs ba jp cn kr hk tw sg my th vn
  ph id au nz ca us mx br ar cl pe co uy ve ec il ae sa qa eg za ng ke gh ma tn dz ir iq pk lk np bd io ai me
  tv gg ly fm su cc ws to sh la vc tk ml ga cf gq gl is it`);

// Endings that hosts share with files, members of objects or the next sentence.
const UNSURE_ENDINGS = words(`
  sh rs pl cc so ps st py md zip mov app ai it is to me at in no my us be id io la test local name email link page
  site online store top cloud wiki blog codes run live work works click team tools group world today support
  services systems network host chat social zone center events finance money bank pay cash fund game games
  video audio photo pics art design digital media news company space fun pro jobs travel help care health school
  build by de es ch se`);

const FILE_ENDINGS = words(`
  ts tsx js jsx mjs cjs json jsonl yaml yml toml lock css scss less html htm xml svg png jpg jpeg gif webp pdf csv
  tsv txt log go rb java kt swift h cpp hpp cs php sql vue ini cfg conf env map snap spec diff patch gradle proto
  tf ipynb docx xlsx pptx`);

const FILE_NAMES = words(`
  readme changelog contributing license licence security index main setup install build deploy run test tests lib mod
  manage conftest agents notes todo makefile config`);

/** What a dotted name in prose is. `unsure`: host, file or member; `file`: nothing that a client would link. */
export type DottedKind = 'host' | 'unsure' | 'file';

/** Judges a dotted name such as `files.harbor.example`, `login.spec.ts` or `order.total`, in small Latin letters. */
export function dottedKind(name: string, hasPath: boolean): DottedKind {
  const labels = name.split('.');
  const last = labels.at(-1) ?? '';
  const [first = ''] = labels;
  if (last.startsWith('xn--') || labels.some((label) => label.startsWith('xn--'))) return 'host';
  if (FILE_ENDINGS.has(last)) return 'file';
  if (first === 'www') return 'host';
  if (!UNSURE_ENDINGS.has(last)) return HOST_ENDINGS.has(last) ? 'host' : 'unsure';
  if (labels.length === 2 && FILE_NAMES.has(first) && !hasPath) return 'file';
  return hasPath && HOST_ENDINGS.has(last) ? 'host' : 'unsure';
}

/** True for a name that ends as some host does, so that a client may turn it into a link. */
export function hasHostEnding(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return UNSURE_ENDINGS.has(last) || HOST_ENDINGS.has(last);
}

/** True when the host, with or without its port, is one of the permitted ones; `*.a.example` permits all below it. */
export function isPermitted(host: string, permitted: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.(?=:|$)/, '');
  const bare = name.replace(/:\d{1,5}$/, '');
  return permitted.some((entry) => {
    const one = entry.toLowerCase();
    if (one.startsWith('*.')) return bare.endsWith(one.slice(1));
    return one === name || one === bare;
  });
}
