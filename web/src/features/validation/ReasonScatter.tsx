import type { AuditContent, AuditInterval } from "../../queries/modelAudits.ts";
import { colorOf, inUnit, measureNamed } from "./audit.ts";
import classes from "./Comparison.module.css";

const [WIDTH, HEIGHT] = [420, 250];
const MARGIN = { left: 52, right: 26, top: 12, bottom: 40 };
const TICKS = [0, 0.25, 0.5, 0.75, 1];

interface Point {
  readonly name: string;
  readonly color: string;
  readonly right: AuditInterval;
  readonly wrongReason: AuditInterval;
}

const x = (share: number) => MARGIN.left + share * (WIDTH - MARGIN.left - MARGIN.right);
const y = (share: number) => HEIGHT - MARGIN.bottom - share * (HEIGHT - MARGIN.top - MARGIN.bottom);

/** How often a model is right, against how often it is right for the wrong reason. */
export function ReasonScatter({ audit }: { readonly audit: AuditContent }) {
  const points = audit.models.flatMap((sheet, place): Point[] => {
    const right = measureNamed(sheet, "balanced accuracy", "accuracy")?.interval;
    const wrongReason = measureNamed(sheet, "right for the wrong reason")?.interval;
    return right?.value == null || wrongReason?.value == null
      ? []
      : [{ name: sheet.name, color: colorOf(place), right, wrongReason }];
  });
  return (
    <figure aria-label="Accuracy against wrong reasons" className={classes.scatter}>
      <h2 className={classes.title}>Right, and for the right reason?</h2>
      {points.length === 0 ? (
        <p className={classes.how}>
          It could not be counted: it needs outlines of tumors and answers that are right. What was
          not done is named below.
        </p>
      ) : (
        <>
          <svg aria-hidden="true" viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
            <Axes />
            {points.map((point) => (
              <Dot key={point.name} point={point} />
            ))}
          </svg>
          <ul className={classes.legend}>
            {points.map(({ name, color, right, wrongReason }) => (
              <li key={name}>
                <span className={classes.dot} style={{ background: color }} />
                {name}: right {inUnit(right.value, "share")}, and of its right answers for the wrong
                reason {inUnit(wrongReason.value, "share")}
                {right.few_units || wrongReason.few_units ? " (insufficient)" : ""}
              </li>
            ))}
          </ul>
          <p className={classes.how}>
            Best is at the lower right: often right, seldom for the wrong reason. Bars are 95 %
            intervals.
          </p>
        </>
      )}
    </figure>
  );
}

function Axes() {
  return (
    <g className={classes.axes}>
      {TICKS.map((share) => (
        <g key={share}>
          <line x1={x(share)} x2={x(share)} y1={y(0)} y2={y(1)} />
          <line x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
          <text textAnchor="middle" x={x(share)} y={y(0) + 15}>
            {share * 100} %
          </text>
          <text textAnchor="end" x={x(0) - 6} y={y(share) + 4}>
            {share * 100} %
          </text>
        </g>
      ))}
      <text textAnchor="middle" x={x(0.5)} y={HEIGHT - 6}>
        Accuracy
      </text>
      <text textAnchor="middle" transform={`translate(12 ${y(0.5)}) rotate(-90)`}>
        For the wrong reason
      </text>
    </g>
  );
}

function Dot({ point: { color, right, wrongReason } }: { readonly point: Point }) {
  const [across, up] = [x(right.value ?? 0), y(wrongReason.value ?? 0)];
  return (
    <g stroke={color} strokeWidth={2}>
      {right.low === null || right.high === null ? null : (
        <line x1={x(right.low)} x2={x(right.high)} y1={up} y2={up} />
      )}
      {wrongReason.low === null || wrongReason.high === null ? null : (
        <line x1={across} x2={across} y1={y(wrongReason.low)} y2={y(wrongReason.high)} />
      )}
      <circle cx={across} cy={up} fill={color} r={5} stroke="#0f1216" />
    </g>
  );
}
