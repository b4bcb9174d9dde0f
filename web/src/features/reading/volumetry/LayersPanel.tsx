import { SegmentedControl, Slider, Switch, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Volumetry } from "../../../queries/volumetry.ts";
import { Panel } from "../../../ui/Panel.tsx";
import { evidenceGradient } from "../../../viewer/colormap.ts";
import { PassportNote } from "../../../viewer/PassportNote.tsx";
import { colorOf, cssColor, DOUBT, FUSED, rampGradient } from "../../../viewer/palette.ts";
import { type AreaStyle, type LayerName, useViewer } from "../../../viewer/store.ts";
import { IMAGES } from "./face.ts";
import { regionName } from "./rows.ts";
import { EVIDENCE, unwantedKey } from "./surfaces.ts";
import classes from "./Volumetry.module.css";

interface Props {
  readonly volumetry: Volumetry;
  readonly isLoading: boolean;
  /** Whether this sequence has evidence of its own. */
  readonly hasEvidence: boolean;
}

const STYLES: { value: AreaStyle; label: string }[] = [
  { value: "both", label: "Both" },
  { value: "fill", label: "Fill" },
  { value: "outline", label: "Line" },
];

/** Everything that can lie over the anatomy, with its legend: one list. */
export function LayersPanel({ volumetry, isLoading, hasEvidence }: Props) {
  const viewer = useViewer();
  return (
    <Panel title="Layers">
      <LayerControl label="Sub-regions" name="regions">
        <ul className={classes.legend}>
          {volumetry.labels.map(({ code, name }) => (
            <li key={code}>
              <Swatch code={code} />
              <Switch
                checked={!viewer.unwanted.includes(code)}
                label={
                  <span title={name}>
                    {code} <span className={classes.dim}>{regionName(code)}</span>
                  </span>
                }
                labelPosition="left"
                onChange={() => viewer.toggleWanted(code)}
                size="xs"
                styles={{ body: { justifyContent: "space-between" }, root: { flex: 1 } }}
              />
            </li>
          ))}
        </ul>
        <SegmentedControl
          aria-label="Sub-regions as"
          data={STYLES}
          fullWidth
          onChange={(areaStyle) => viewer.set({ areaStyle: areaStyle as AreaStyle })}
          size="xs"
          value={viewer.areaStyle}
        />
      </LayerControl>
      <LayerControl label="Uncertainty" name="uncertainty">
        <Ramp from="sure" gradient={rampGradient(DOUBT)} to="1 bit" />
      </LayerControl>
      {volumetry.evidence ? (
        <LayerControl label="Evidence, three axes" name="fused">
          <Ramp from="none" gradient={rampGradient(FUSED)} to="strong" />
          <Text c="dark.1" fz="xs">
            Broken line: threshold
          </Text>
          <PassportNote passport={volumetry.evidence.passport ?? null} />
        </LayerControl>
      ) : null}
      {hasEvidence ? <SequenceEvidence /> : null}
      <Switch
        checked={viewer.marks}
        className={classes.row}
        label="Measured lines"
        onChange={(event) => viewer.set({ marks: event.currentTarget.checked })}
        size="xs"
      />
      {isLoading ? (
        <Text c="dark.1" fz="xs" role="status">
          Fetching the layers …
        </Text>
      ) : null}
      <SurfaceList volumetry={volumetry} />
    </Panel>
  );
}

function LayerControl({
  name,
  label,
  children,
}: {
  name: LayerName;
  label: string;
  children: ReactNode;
}) {
  const { layers, setLayer } = useViewer();
  const { isOn, opacity } = layers[name];
  return (
    <div className={classes.layer} data-on={isOn}>
      <Switch
        checked={isOn}
        label={label}
        onChange={(event) => setLayer(name, { isOn: event.currentTarget.checked })}
        size="xs"
      />
      {isOn ? (
        <>
          <Opacity
            label={`Opacity of ${label.toLowerCase()}`}
            onChange={(value) => setLayer(name, { opacity: value })}
            value={opacity}
          />
          {children}
        </>
      ) : null}
    </div>
  );
}

/** The signed evidence of the sequence on display; its class is chosen beside the finding. */
function SequenceEvidence() {
  const viewer = useViewer();
  return (
    <div className={classes.layer} data-on={viewer.overlay || viewer.outline}>
      <Switch
        checked={viewer.overlay}
        label="Evidence, this sequence"
        onChange={(event) => viewer.set({ overlay: event.currentTarget.checked })}
        size="xs"
      />
      {viewer.overlay ? (
        <>
          <Opacity
            label="Opacity of the evidence"
            onChange={(opacity) => viewer.set({ opacity })}
            value={viewer.opacity}
          />
          <Ramp from="against" gradient={evidenceGradient()} to="for" />
        </>
      ) : null}
      <Switch
        checked={viewer.outline}
        label="Outline at threshold"
        onChange={(event) => viewer.set({ outline: event.currentTarget.checked })}
        size="xs"
      />
    </div>
  );
}

function SurfaceList({ volumetry }: { volumetry: Volumetry }) {
  const viewer = useViewer();
  const names = [...volumetry.surfaces, ...(volumetry.evidence ? [EVIDENCE] : [])];
  return (
    <fieldset className={classes.surfaces}>
      <legend>In the 3D view</legend>
      {names.map((name) => (
        <Switch
          checked={!viewer.unwanted.includes(unwantedKey(name))}
          className={classes.row}
          key={name}
          label={
            <span className={classes.surfaceName}>
              <Swatch code={name} />
              {name === "brain"
                ? "Brain"
                : name === EVIDENCE
                  ? "Evidence shells"
                  : regionName(name)}
            </span>
          }
          onChange={() => viewer.toggleWanted(unwantedKey(name))}
          size="xs"
        />
      ))}
      <Switch
        checked={!viewer.unwanted.includes(unwantedKey(IMAGES))}
        className={classes.row}
        label="Images on the cut"
        onChange={() => viewer.toggleWanted(unwantedKey(IMAGES))}
        size="xs"
      />
      <Text c="dark.1" fz="xs" mt={4}>
        Opacity of the brain
      </Text>
      <Opacity
        label="Opacity of the brain"
        onChange={(glass) => viewer.set({ glass })}
        value={viewer.glass}
      />
    </fieldset>
  );
}

export function Swatch({ code }: { code: string }) {
  const color = code === EVIDENCE ? FUSED[0] : colorOf(code);
  return (
    <span aria-hidden="true" className={classes.swatch} style={{ background: cssColor(color) }} />
  );
}

interface OpacityProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Opacity({ label, value, onChange }: OpacityProps) {
  return (
    <Slider
      label={(share) => `${Math.round(share * 100)} %`}
      max={1}
      min={0}
      my={8}
      onChange={onChange}
      size="xs"
      step={0.05}
      thumbLabel={label}
      value={value}
    />
  );
}

function Ramp({ gradient, from, to }: { gradient: string; from: string; to: string }) {
  return (
    <div className={classes.ramp}>
      <span>{from}</span>
      <div className={classes.gradient} style={{ background: gradient }} />
      <span>{to}</span>
    </div>
  );
}
