import { Group, Loader, Radio, Slider, Switch, Text } from "@mantine/core";
import { CLASS_NAMES, className, TUMOR_CLASSES } from "../../queries/classes.ts";
import { isTrusted, type Passport } from "../../queries/passports.ts";
import { Panel } from "../../ui/Panel.tsx";
import { evidenceGradient } from "../../viewer/colormap.ts";
import { PassportNote } from "../../viewer/PassportNote.tsx";
import { useViewer } from "../../viewer/store.ts";
import classes from "./ReadingPage.module.css";

interface Props {
  /** The class that was predicted for what is on display. */
  readonly predicted: string;
  /** For every class, the value at which the colors saturate. */
  readonly scale: Readonly<Record<string, number>>;
  readonly unit: string;
  /** The largest gap between a map and its score, in logits. */
  readonly gap: number | null;
  readonly isLoading: boolean;
  /** How the map on display did in its tests; null while that is not known. */
  readonly passport: Passport | null;
  /** False where the list of layers holds the switches. */
  readonly hasControls?: boolean;
}

const GRADIENTS = { color: evidenceGradient(), gray: evidenceGradient(false) } as const;

/** Where the network found its evidence, how it is drawn, and what that does and does not mean. */
export function EvidencePanel({ predicted, scale, unit, gap, isLoading, ...props }: Props) {
  const { hasControls = true, passport } = props;
  const viewer = useViewer();
  const target = viewer.target || predicted;
  const isColored = isTrusted(passport) || viewer.showAnyway;
  const gradient = isColored ? GRADIENTS.color : GRADIENTS.gray;
  const number = Number((scale[target] ?? 1).toPrecision(2));
  return (
    <Panel
      aside={isLoading ? <Loader role="status" aria-label="Loading evidence" size={14} /> : null}
      title="Evidence"
    >
      <PassportNote passport={passport} />
      <Radio.Group
        label="For or against"
        mb={10}
        onChange={(label) => viewer.set({ target: label })}
        size="xs"
        value={target}
      >
        <div className={classes.targets}>
          {TUMOR_CLASSES.map((label) => (
            <Radio
              key={label}
              label={label === predicted ? `${CLASS_NAMES[label]} (found)` : CLASS_NAMES[label]}
              size="xs"
              styles={{ label: { paddingInlineStart: 8 } }}
              value={label}
            />
          ))}
        </div>
      </Radio.Group>
      <figure className={classes.legend}>
        <div className={classes.gradient} style={{ background: gradient }} />
        <div className={classes.ticks}>
          <span>−{number}</span>
          <span>0 {unit}</span>
          <span>+{number}</span>
        </div>
        <figcaption className={classes.ticks}>
          <span>against</span>
          <span>for {className(target)}</span>
        </figcaption>
      </figure>
      {hasControls ? <LayerControls /> : null}
      <Text c="dark.1" component="div" fz="xs" mt={12}>
        <strong>It means:</strong> these places added to (amber) or took from (blue) the score of
        the class. {gap === null ? null : <GapWords gap={gap} />}
        <br />
        <strong>It does not mean:</strong> tumor border, proof, or cause. The colors saturate at the
        same value in every image, so a pale map is weak evidence.
      </Text>
    </Panel>
  );
}

function LayerControls() {
  const viewer = useViewer();
  return (
    <>
      <Text c="dark.1" fz="xs" mt={8}>
        Opacity
      </Text>
      <Slider
        label={(value) => `${Math.round(value * 100)} %`}
        max={1}
        min={0}
        onChange={(opacity) => viewer.set({ opacity })}
        size="sm"
        step={0.05}
        thumbLabel="Opacity of the evidence"
        value={viewer.opacity}
      />
      <Group gap="lg" mt={12}>
        <Switch
          checked={viewer.overlay}
          label="Evidence"
          onChange={(event) => viewer.set({ overlay: event.currentTarget.checked })}
          size="xs"
        />
        <Switch
          checked={viewer.outline}
          label="Outline at threshold"
          onChange={(event) => viewer.set({ outline: event.currentTarget.checked })}
          size="xs"
        />
        <Text c="dark.1" fz="xs">
          Hold <kbd>H</kbd> to look beneath
        </Text>
      </Group>
    </>
  );
}

function GapWords({ gap }: { gap: number }) {
  return gap <= 1e-3 ? (
    <>
      Checked: all places together sum exactly to the score (error {gap.toExponential(0)} logit).{" "}
    </>
  ) : (
    <strong>
      Check failed: all places together miss the score by {gap.toPrecision(2)} logit. Do not rely on
      this map.{" "}
    </strong>
  );
}
