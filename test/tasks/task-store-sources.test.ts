import fc from "fast-check";
import { expect, test } from "vitest";
import { createTaskStore, type Member, type SourceId } from "../../src/tasks/task-store.ts";
import { newYear } from "../support/manual-clock.ts";
import { ended, member } from "../support/task-records.ts";

const names: readonly SourceId[] = ["x", "y", "z"];
const ids = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { selector: (id) => id });

/** What some of the sources want from now on, all in one step. */
const steps = fc.array(
  fc.array(fc.record({ source: fc.constantFrom(...names), ids, rank: fc.nat(3) }), { minLength: 1, maxLength: 3 }),
  { maxLength: 8 },
);

test("whether members stay the very same or say the same anew, each task belongs to the same source", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const [kept, anew] = [createTaskStore(), createTaskStore()];
      const known = new Map<string, Member>();
      const fresh = (source: SourceId, id: string): Member => member(id, { origin: { collector: source, labels: {} } });
      const same = (source: SourceId, id: string): Member => {
        const found = known.get(source + id) ?? fresh(source, id);
        known.set(source + id, found);
        return found;
      };
      for (const step of list) {
        for (const [store, memberOf] of [[kept, same] as const, [anew, fresh] as const]) {
          const changes = step.map((each) => {
            const members = each.ids.map((id) => memberOf(each.source, id));
            return [each.source, { members, rank: each.rank }] as const;
          });
          store.setSources(new Map(changes));
        }
        const seen = [kept, anew].map((store) => ({
          records: [...store.records()].map(({ key, origin }) => [key, origin.collector]).sort(),
          own: names.map((name) => [...store.of(name)].map(({ key }) => key).sort()),
        }));
        expect(seen[0]).toEqual(seen[1]);
      }
    }),
  );
});

test("whatever moves and finishes, a source's unfinished tasks are those of its own that have not finished", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const store = createTaskStore();
      for (const step of list) {
        store.setSources(
          new Map(step.map(({ source, ids, rank }) => [source, { members: ids.map((id) => member(id)), rank }])),
        );
        const id = step[0]?.ids[0] ?? "a";
        store.apply({
          type: "answered",
          key: `prod/${id}`,
          at: newYear,
          runAt: newYear,
          nextTick: newYear,
          log: ended(id),
        });
        for (const name of names) {
          const own = [...store.of(name)].filter(({ finished }) => !finished);
          expect(new Set(store.of(name).unfinished())).toEqual(new Set(own));
        }
      }
    }),
  );
});
