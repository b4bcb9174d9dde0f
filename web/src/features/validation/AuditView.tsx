import { Text } from "@mantine/core";
import type { AuditContent } from "../../queries/modelAudits.ts";
import { Caution } from "../../ui/Caution.tsx";
import table from "../../ui/Table.module.css";
import { counted } from "../../ui/words.ts";
import { AuditCurves, AuditTables } from "./AuditCurves.tsx";
import { Differences, Flags, NotDone } from "./AuditLists.tsx";
import { measuresOf, SECTIONS, sectionsOf } from "./audit.ts";
import classes from "./Comparison.module.css";
import { MeasureTable } from "./MeasureTable.tsx";
import { ReasonScatter } from "./ReasonScatter.tsx";

/** What an audit found: the answer first, then what it rests on. */
export function AuditView({ audit }: { readonly audit: AuditContent }) {
  const [first, ...more] = audit.answer;
  const { data } = audit;
  return (
    <>
      <section aria-label="Answer" className={classes.answer}>
        <Text c="dark.1" fz="sm">
          Does high accuracy mean clinical understanding?
        </Text>
        <p className={classes.word}>{first ?? "The audit gives no answer."}</p>
        {more.map((sentence) => (
          <p className={classes.more} key={sentence}>
            {sentence}
          </p>
        ))}
        <p className={classes.basis}>
          {data.name}: {counted(data.pictures, "picture")} of {counted(data.patients, "patient")}{" "}
          (by {data.grouped_by}), {data.with_mask} with an outlined tumor
          {data.patients < 20 ? ". Fewer than 20 patients: nothing here decides anything." : "."}
        </p>
      </section>
      {audit.cautions.map((caution) => (
        <Caution key={caution}>{caution}</Caution>
      ))}
      <div className={classes.two}>
        <ReasonScatter audit={audit} />
        <Flags audit={audit} />
      </div>
      {sectionsOf(audit).map((section) => (
        <section aria-label={SECTIONS[section] ?? section} key={section}>
          <h2 className={classes.title}>{SECTIONS[section] ?? section}</h2>
          <MeasureTable audit={audit} measures={measuresOf(audit, section)} />
          <AuditCurves audit={audit} section={section} />
          <AuditTables audit={audit} section={section} />
        </section>
      ))}
      <Differences audit={audit} />
      <NotDone audit={audit} />
      <details className={table.more}>
        <summary>The models</summary>
        {audit.models.map((sheet) => (
          <p className={classes.model} key={sheet.model_id}>
            <b>{sheet.name}</b> <code>{sheet.model_id}</code>, {sheet.kind}, sees {sheet.input_size}{" "}
            × {sheet.input_size} pixels, temperature {sheet.temperature ?? "–"}.{" "}
            {(sheet.notes ?? []).join(" ")}
          </p>
        ))}
      </details>
    </>
  );
}
