import { Text } from "@mantine/core";
import { useCoverage } from "../../queries/models.ts";
import { Caution } from "../../ui/Caution.tsx";
import { counted, inPercent } from "../../ui/words.ts";
import classes from "./Models.module.css";

const SHOWN = "90";

/** Whether the classes named at a confidence still hold the truth as often as promised. */
export function CoverageNote() {
  const coverage = useCoverage();
  const shown = coverage.data?.levels.find(({ level }) => level === SHOWN);
  const alarms = coverage.data?.levels.filter(({ verdict }) => verdict === "alarm") ?? [];
  if (!shown) {
    return null;
  }
  const left = coverage.data?.disputed ?? 0;
  return (
    <section aria-label="Does the confidence hold here?" className={classes.note}>
      <Text fw={600} fz="sm">
        Does the confidence hold here?
      </Text>
      {alarms.map(({ level, asked, missed, promised }) => (
        <Caution key={level}>
          At {level} % confidence the true class was missed for {missed} of{" "}
          {counted(asked, "patient")}, more than the promised {inPercent(promised)}. Do not rely on
          confidence here: the images differ from those it was calibrated on. Calibrate on your own
          data, or read without it.
        </Caution>
      ))}
      <Text c="dark.1" fz="sm">
        {shown.asked === 0
          ? "No answer was confirmed yet. Say in the reading room what a picture shows: one answer of each patient counts."
          : `Readers confirmed answers of ${counted(shown.asked, "patient")}; at ${SHOWN} % confidence ${shown.missed} of them were missed (about ${(shown.promised * shown.asked).toFixed(1)} were promised). ${
              shown.verdict === "insufficient" ? "Too few to judge: it takes 20." : ""
            }`}
        {left > 0
          ? ` ${counted(left, "picture")} that readers name differently ${left === 1 ? "is" : "are"} left out.`
          : ""}
      </Text>
    </section>
  );
}
