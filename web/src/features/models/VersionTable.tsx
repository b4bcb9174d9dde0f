import { Badge, Table, Text, UnstyledButton } from "@mantine/core";
import type { ModelVersion } from "../../queries/models.ts";
import { inTime } from "../../ui/words.ts";
import classes from "./Models.module.css";
import { STATUS_WORDS, VERDICT_WORDS } from "./versions.ts";

interface Props {
  readonly title: string;
  readonly versions: readonly ModelVersion[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

const STATUS_COLORS = { active: "teal", candidate: "blue", retired: "gray", rejected: "gray" };

/** The versions of one model, newest first. */
export function VersionTable({ title, versions, chosen, onChoose }: Props) {
  return (
    <section aria-label={title}>
      <Text c="dark.1" component="h2" fw={600} fz="sm" m={0} mb={4}>
        {title}
      </Text>
      <Table className={classes.table} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Version</Table.Th>
            <Table.Th w={110}>Status</Table.Th>
            <Table.Th w={130}>Certificate</Table.Th>
            <Table.Th className={classes.made} w={190}>
              Made
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map((version) => (
            <Table.Tr data-chosen={version.id === chosen || undefined} key={version.id}>
              <Table.Td>
                <UnstyledButton
                  aria-pressed={version.id === chosen}
                  className={classes.choose ?? ""}
                  onClick={() => onChoose(version.id)}
                >
                  {version.model.version}
                  <Text c="dark.1" component="span" ff="monospace" fz="xs" ml={8}>
                    {version.model.sha256.slice(0, 8)}
                  </Text>
                </UnstyledButton>
              </Table.Td>
              <Table.Td>
                <Badge color={STATUS_COLORS[version.status]} tt="none" variant="outline">
                  {STATUS_WORDS[version.status]}
                </Badge>
              </Table.Td>
              <Table.Td>
                <VerdictWords version={version} />
              </Table.Td>
              <Table.Td c="dark.1" className={classes.made}>
                {version.is_shipped ? "with the package" : inTime(version.created)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function VerdictWords({ version }: { version: ModelVersion }) {
  if (version.verdict === null) {
    return (
      <Text c="dark.1" fz="sm">
        {version.is_shipped ? "none needed" : "no certificate"}
      </Text>
    );
  }
  return (
    <span className={classes.verdict} data-verdict={version.verdict}>
      {VERDICT_WORDS[version.verdict]}
    </span>
  );
}
