import { Group, NativeSelect } from "@mantine/core";
import { CLASS_NAMES, TUMOR_CLASSES } from "../../queries/classes.ts";
import type { WorklistFilter } from "../../queries/studies.ts";
import { SearchInput } from "../../ui/SearchInput.tsx";
import { isStatus, STATUS_NAMES } from "./filter.ts";
import classes from "./WorklistPage.module.css";

interface Props {
  readonly filter: WorklistFilter;
  readonly onChange: (filter: WorklistFilter) => void;
}

const STATUSES = Object.entries(STATUS_NAMES).map(([value, label]) => ({ value, label }));
const CLASSES = TUMOR_CLASSES.map((value) => ({ value, label: CLASS_NAMES[value] }));

/** Which studies the list shows. */
export function FilterBar({ filter, onChange }: Props) {
  return (
    <Group align="end" className={classes.filters} gap="md">
      <SearchInput
        label="Search"
        onChange={(words) => onChange({ ...filter, words })}
        placeholder="Pseudonym, e.g. NS-7Q2K"
        value={filter.words}
        width={240}
      />
      <NativeSelect
        data={[{ value: "", label: "Any status" }, ...STATUSES]}
        label="Status"
        onChange={(event) => {
          const status = event.currentTarget.value;
          onChange({ ...filter, status: isStatus(status) ? status : null });
        }}
        value={filter.status ?? ""}
        w={160}
      />
      <NativeSelect
        data={[{ value: "", label: "Any finding" }, ...CLASSES]}
        label="Finding"
        onChange={(event) => {
          const label = event.currentTarget.value;
          onChange({ ...filter, label: TUMOR_CLASSES.find((known) => known === label) ?? null });
        }}
        value={filter.label ?? ""}
        w={180}
      />
    </Group>
  );
}
