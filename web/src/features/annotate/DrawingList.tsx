import { ActionIcon, Text, UnstyledButton } from "@mantine/core";
import { depthOf } from "../../frames/sheet.ts";
import classes from "./Annotate.module.css";
import type { RoomOfDrawing } from "./Annotator.tsx";
import { goTo, remove } from "./acts.ts";
import { type Content, KIND_NAMES, liesOn, middleOf } from "./content.ts";
import { KindSign } from "./KindSign.tsx";
import type { Entry } from "./outbox.ts";
import type { Hand } from "./sketch.ts";
import { useTools } from "./tools.ts";

interface Props {
  readonly entries: readonly Entry[];
  readonly hand: Hand;
  readonly room: RoomOfDrawing;
}

type Row = Entry & { readonly local: Content };

const isHere = ({ local }: Row, { sheet }: RoomOfDrawing): boolean =>
  sheet !== null && (local.mask ? isMaskHere(local, sheet) : liesOn(local, sheet));

function isMaskHere(local: Content, sheet: NonNullable<RoomOfDrawing["sheet"]>): boolean {
  return (
    (local.slice_index ?? null) === sheet.sliceIndex &&
    (sheet.sliceIndex !== null || Math.abs(depthOf(sheet, middleOf(local))) < 0.5)
  );
}

/** What was drawn, what lies on this slice first. */
export function DrawingList({ entries, hand, room }: Props) {
  const { isShown, set } = useTools();
  const rows = entries.filter((entry): entry is Row => entry.local !== null);
  const sorted = [...rows].sort((a, b) => Number(isHere(b, room)) - Number(isHere(a, room)));
  if (rows.length === 0) {
    return (
      <Text c="dark.1" fz="xs">
        Nothing is drawn on this series yet. Outline (P) or brush (B) what speaks for the finding,
        and what the model should ignore.
      </Text>
    );
  }
  return (
    <>
      {isShown ? null : (
        <Text c="dark.1" fz="xs" mb={4}>
          All drawings are hidden.{" "}
          <UnstyledButton fz="xs" onClick={() => set({ isShown: true })} td="underline">
            Show them
          </UnstyledButton>
        </Text>
      )}
      <ul aria-label="Drawings of this series" className={classes.list}>
        {sorted.map((row) => (
          <DrawingRow hand={hand} isHere={isHere(row, room)} key={row.id} room={room} row={row} />
        ))}
      </ul>
    </>
  );
}

const SHAPES = { contour: "outline", stroke: "stroke", mask: "painted" } as const;

function whereOf({ slice_index, plane, mask }: Content, isOnSlice: boolean): string {
  if (isOnSlice) {
    return "this slice";
  }
  if (slice_index !== null && slice_index !== undefined) {
    return `picture ${slice_index + 1}`;
  }
  return mask ? "elsewhere" : `${plane ?? "other plane"}, elsewhere`;
}

function DrawingRow({
  row: { id, local, facts },
  isHere: isOnSlice,
  hand,
  room,
}: {
  row: Row;
  isHere: boolean;
  hand: Hand;
  room: RoomOfDrawing;
}) {
  const { selected, hidden, set, toggleHidden } = useTools();
  const name = KIND_NAMES[local.kind];
  const isHidden = hidden.includes(id);
  const facts_ = [facts?.author ?? "you", whereOf(local, isOnSlice)];
  const choose = () => {
    set({ selected: id, corner: null, kind: local.kind, tool: "select", hint: "" });
    if (!isOnSlice) {
      goTo(room, local);
    }
  };
  return (
    <li className={classes.row} data-chosen={id === selected}>
      <UnstyledButton aria-current={id === selected} className={classes.what} onClick={choose}>
        <KindSign kind={local.kind} />
        <span>
          {name}, {SHAPES[local.shape]}
          {local.only_this ? ", only this" : ""}
          {facts?.isStale ? " · older model" : ""}
        </span>
        <small title={local.reason}>
          {facts_.join(" · ")}
          {local.reason ? ` · ${local.reason}` : ""}
        </small>
      </UnstyledButton>
      <ActionIcon
        aria-label={`${isHidden ? "Show" : "Hide"} ${name}`}
        aria-pressed={isHidden}
        c={isHidden ? "dark.2" : "dark.0"}
        onClick={() => toggleHidden(id)}
        size="sm"
        title={isHidden ? "Show" : "Hide"}
        variant="subtle"
      >
        {isHidden ? "○" : "●"}
      </ActionIcon>
      <ActionIcon
        aria-label={`Delete ${name}`}
        c="dark.0"
        mr={8}
        onClick={() => remove(hand, id)}
        size="sm"
        title="Delete (Ctrl+Z brings it back)"
        variant="subtle"
      >
        ×
      </ActionIcon>
    </li>
  );
}
