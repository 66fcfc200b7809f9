/** What is there already, or will be. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** Goes on at once from what is there: to wait even for a settled promise lets everything else go first. */
export function whenThere<Value, Result>(
  value: MaybePromise<Value>,
  goOn: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}

/** Makes something once for all who ask. What failed is not kept. */
export function madeOnce<Value>(make: () => Promise<Value>): () => MaybePromise<Value> {
  let made: MaybePromise<Value> | undefined;
  return () => {
    if (made !== undefined) return made;
    const making = make();
    making.then(
      (value) => {
        made = value;
      },
      () => {
        made = undefined;
      },
    );
    made = making;
    return made;
  };
}
