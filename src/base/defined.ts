type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** A frozen copy without the keys whose value is undefined: "not known" is an absent key everywhere inside. */
export function defined<T extends object>(value: T): Readonly<Defined<T>> {
  return Object.freeze(Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined))) as Readonly<
    Defined<T>
  >;
}
