import { UnstyledButton } from "@mantine/core";
import { CLASS_NAMES, className, TUMOR_CLASSES } from "../../queries/classes.ts";
import type { GridFilter, Slices } from "../../queries/validation.ts";
import { counted } from "../../ui/words.ts";
import classes from "./Validation.module.css";

interface Props {
  readonly matrix: Slices["matrix"];
  readonly filter: GridFilter;
  readonly onChange: (filter: GridFilter) => void;
}

type Truth = GridFilter["truth"][number];
type Predicted = GridFilter["predicted"][number];

const ROWS: readonly Truth[] = ["glioma", "meningioma", "pituitary", "notumor", "disputed"];
const SHORT: Readonly<Record<string, string>> = {
  glioma: "Gli",
  meningioma: "Men",
  pituitary: "Pit",
  notumor: "None",
};
const NAMES: Readonly<Record<string, string>> = { ...CLASS_NAMES, disputed: "Readers differ" };

/** What readers say against what the network says; a number shows its slices. */
export function Matrix({ matrix, filter, onChange }: Props) {
  const count = (truth: Truth, predicted: Predicted) =>
    matrix.find((one) => one.truth === truth && one.predicted === predicted)?.count ?? 0;
  const most = Math.max(1, ...matrix.map((one) => (one.truth === "unknown" ? 0 : one.count)));
  const known = ROWS.slice(0, 4);
  const judged = known.reduce(
    (sum, truth) => sum + TUMOR_CLASSES.reduce((row, answer) => row + count(truth, answer), 0),
    0,
  );
  const right = TUMOR_CLASSES.reduce((sum, name) => sum + count(name, name), 0);
  const isChosen = (truth: Truth, predicted: Predicted) =>
    filter.truth.length === 1 &&
    filter.truth[0] === truth &&
    filter.predicted.length === 1 &&
    filter.predicted[0] === predicted;
  const choose = (truth: Truth, predicted: Predicted) =>
    onChange(
      isChosen(truth, predicted)
        ? { ...filter, truth: [], predicted: [] }
        : { ...filter, truth: [truth], predicted: [predicted] },
    );
  return (
    <>
      <table aria-label="Confusion matrix" className={classes.matrix}>
        <thead>
          <tr>
            <th className={classes.corner} scope="col">
              Readers ↓ Network →
            </th>
            {TUMOR_CLASSES.map((name) => (
              <th key={name} scope="col">
                <abbr title={CLASS_NAMES[name]}>{SHORT[name]}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map((truth) => (
            <tr key={truth}>
              <th scope="row">{NAMES[truth]}</th>
              {TUMOR_CLASSES.map((predicted) => {
                const number = count(truth, predicted);
                return (
                  <td key={predicted}>
                    <UnstyledButton
                      aria-label={`Readers: ${NAMES[truth]}, network: ${className(predicted)}, ${counted(number, "slice")}`}
                      aria-pressed={isChosen(truth, predicted)}
                      className={classes.cell ?? ""}
                      data-kind={truth === predicted ? "right" : "wrong"}
                      disabled={number === 0 && !isChosen(truth, predicted)}
                      onClick={() => choose(truth, predicted)}
                      style={{ "--strength": `${Math.round(12 + (48 * number) / most)}%` }}
                    >
                      {number || "·"}
                    </UnstyledButton>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className={classes.fine}>
        {judged > 0
          ? `Right on ${right} of ${counted(judged, "slice")} with an answer by readers. Slices of one patient count each: this describes what is here, it does not measure the network.`
          : "None of these slices has an answer by readers. Open one, press D and say what it shows: it is counted here at once."}
      </p>
    </>
  );
}
