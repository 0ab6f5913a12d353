import { z } from 'zod';
import { Failure } from '../domain/failure.ts';

/** A list of which only the elements that fit are taken: one odd element must not cost the page. */
export function fitting<Item extends z.ZodType>(item: Item): z.ZodType<z.infer<Item>[]> {
  return z.array(z.unknown()).transform((list) =>
    list.flatMap((one) => {
      const parsed = item.safeParse(one);
      return parsed.success ? [parsed.data] : [];
    }),
  );
}

/** An answer in the shape that is expected of it; throws `bad-answer` for any other. */
export function expectShape<Shape extends z.ZodType>(
  shape: Shape,
  answer: unknown,
): z.infer<Shape> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new Failure('bad-answer', `The answer has a shape that is not known (at "${where}").`);
}
