import { Button, Group, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { Link } from "react-router";
import type { ModelCard, ModelVersion } from "../../queries/models.ts";
import { Hash } from "../../ui/Hash.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { inTime } from "../../ui/words.ts";
import { CardPanel, MetricTable } from "./CardPanel.tsx";
import { ChangeDialog, type Wish } from "./ChangeDialog.tsx";
import classes from "./Models.module.css";
import { SegmenterProof } from "./SegmenterProof.tsx";
import {
  canGoBack,
  lineageOf,
  modelName,
  STATUS_WORDS,
  settingRows,
  VERDICT_WORDS,
  whyNotPromotable,
} from "./versions.ts";

interface Props {
  readonly version: ModelVersion;
  readonly all: readonly ModelVersion[];
  /** The card that came with it; none for versions trained here. */
  readonly card: ModelCard | null;
}

/** One version: what can be done with it, where it comes from, what is known of it. */
export function VersionDetail({ version, all, card }: Props) {
  return (
    <aside
      aria-label={`Version ${version.model.version}`}
      className={classes.detail}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <Panel title={`${modelName(version.model.name)}, version ${version.model.version}`}>
        <Text fz="sm">
          {STATUS_WORDS[version.status]}
          {version.is_shipped ? ", came with the package" : `, trained ${inTime(version.created)}`}
        </Text>
        <Actions all={all} version={version} />
      </Panel>
      {version.verdict ? (
        <Panel title="Certificate">
          <Text fz="sm">
            Verdict:{" "}
            <span className={classes.verdict} data-verdict={version.verdict}>
              {VERDICT_WORDS[version.verdict]}
            </span>
          </Text>
          {version.model.name === "segmenter" ? (
            <SegmenterProof certificate={version.certificate ?? {}} />
          ) : (
            <Button
              component={Link}
              mt="xs"
              size="xs"
              to={`/models/${version.id}/certificate`}
              variant="light"
            >
              Read the certificate
            </Button>
          )}
        </Panel>
      ) : null}
      <Lineage all={all} version={version} />
      {version.metrics.length > 0 ? (
        <Panel title="Measured in its training">
          <MetricTable metrics={version.metrics} />
        </Panel>
      ) : null}
      {card ? <CardPanel card={card} /> : null}
      <Facts version={version} />
    </aside>
  );
}

function Actions({ version, all }: { version: ModelVersion; all: readonly ModelVersion[] }) {
  const [wish, setWish] = useState<Wish | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const opener = useRef<HTMLElement | null>(null);
  const ask = (wished: Wish) => (event: { currentTarget: HTMLElement }) => {
    opener.current = event.currentTarget;
    setWish(wished);
    setIsAsking(true);
  };
  const hindrance = whyNotPromotable(version);
  const earlier = all.find(({ id }) => id === version.displaced);
  return (
    <>
      {hindrance && version.status !== "active" ? (
        <Text c="dark.1" fz="sm" mt={4}>
          Cannot be promoted: {hindrance}
        </Text>
      ) : null}
      <Group gap="xs" mt="sm">
        {hindrance === null ? (
          <Button onClick={ask("promote")} size="xs">
            Promote…
          </Button>
        ) : null}
        {canGoBack(version) ? (
          <Button onClick={ask("rollback")} size="xs" variant="light">
            Go back to {earlier?.model.version ?? "the version before"}…
          </Button>
        ) : null}
        {version.model.name === "evidence" && version.status !== "active" ? (
          <Button
            component={Link}
            size="xs"
            to={`/models/compare?second=${version.id}`}
            variant="default"
          >
            Compare with the active one
          </Button>
        ) : null}
        {version.status === "candidate" ? (
          <Button onClick={ask("reject")} size="xs" variant="default">
            Put aside…
          </Button>
        ) : null}
      </Group>
      {wish ? (
        <ChangeDialog
          earlier={earlier ?? null}
          isOpen={isAsking}
          onClose={() => setIsAsking(false)}
          opener={opener.current}
          version={version}
          wish={wish}
        />
      ) : null}
    </>
  );
}

function Lineage({ version, all }: { version: ModelVersion; all: readonly ModelVersion[] }) {
  const line = lineageOf(version, all);
  if (line.length < 2) {
    return null;
  }
  return (
    <Panel title="Where it comes from">
      <ol className={classes.lineage}>
        {line.map((one) => (
          <li aria-current={one === version ? "true" : undefined} key={one.id}>
            {one === version ? (
              <strong>{one.model.version}</strong>
            ) : (
              <Link to={`?version=${one.id}`}>{one.model.version}</Link>
            )}{" "}
            <Text c="dark.1" component="span" fz="sm">
              {one.is_shipped ? "came with the package" : `trained ${inTime(one.created)}`}
            </Text>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Facts({ version }: { version: ModelVersion }) {
  const settings = settingRows(version.config);
  return (
    <Panel title="Origin">
      <dl className={classes.facts}>
        <dt>Weights (SHA-256)</dt>
        <dd>
          <Hash of="the hash of the weights" value={version.model.sha256} />
        </dd>
        {version.data_manifest_sha256 ? (
          <>
            <dt>List of the data it learned from</dt>
            <dd>
              <Hash of="the hash of the data list" value={version.data_manifest_sha256} />
            </dd>
          </>
        ) : null}
        {version.annotation_head ? (
          <>
            <dt>Audit trail at that time</dt>
            <dd>
              <Hash of="the head of the audit trail" value={version.annotation_head} />
            </dd>
          </>
        ) : null}
        {version.seed === null ? null : (
          <>
            <dt>Seed</dt>
            <dd>{version.seed}</dd>
          </>
        )}
        <dt>Test answers</dt>
        <dd>
          {version.has_canaries
            ? "kept: going back proves that it still answers as it did"
            : "not kept yet: they are noted when it is promoted"}
        </dd>
        <dt>Events</dt>
        <dd>
          <Link to={`/audit?object=${version.id}`}>What happened to it</Link>
        </dd>
      </dl>
      {settings.length > 0 ? (
        <details className={classes.more}>
          <summary>Settings of its training</summary>
          <dl className={classes.facts}>
            {settings.map(([name, value]) => (
              <div className={classes.row} key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
    </Panel>
  );
}
