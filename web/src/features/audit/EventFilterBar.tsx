import { Button, Group, NativeSelect } from "@mantine/core";
import type { AuditFilter } from "../../queries/audit.ts";
import { SearchInput } from "../../ui/SearchInput.tsx";
import { DEED_CHOICES } from "./events.ts";

interface Props {
  readonly filter: AuditFilter;
  readonly isFiltered: boolean;
  readonly onShow: (filter: Partial<AuditFilter>) => void;
}

/** Which events the trail shows. */
export function EventFilterBar({ filter, isFiltered, onShow }: Props) {
  return (
    <Group align="end" gap="sm" my="md">
      <SearchInput
        label="Only what happened to (id)"
        longest={300}
        onChange={(objectId) => onShow({ ...filter, objectId })}
        placeholder="Annotation, model, study, training"
        value={filter.objectId}
        width={290}
      />
      <NativeSelect
        data={[{ value: "", label: "Anything" }, ...DEED_CHOICES]}
        label="What"
        onChange={(event) => onShow({ ...filter, action: event.currentTarget.value })}
        value={filter.action}
        w={240}
      />
      <SearchInput
        label="Who"
        onChange={(actor) => onShow({ ...filter, actor })}
        placeholder="Whole name"
        value={filter.actor}
        width={180}
      />
      {isFiltered ? (
        <Button onClick={() => onShow({})} variant="default">
          Show all events
        </Button>
      ) : null}
    </Group>
  );
}
