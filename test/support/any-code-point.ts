import fc from "fast-check";

/** Any character of Unicode, but for lone surrogates, as a unit of `fc.string`; its own `"binary"` takes seconds to make. */
export const anyCodePoint: fc.Arbitrary<string> = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
