import { Button, Group, Text } from "@mantine/core";
import { Link, useParams } from "react-router";
import { problemOf } from "../../client/api.ts";
import { type Certificate, certificatePath, useCertificate } from "../../queries/certificate.ts";
import { useModelVersions } from "../../queries/models.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Fetched } from "../../ui/Fetched.tsx";
import { Page } from "../../ui/Page.tsx";
import classes from "./Certificate.module.css";
import { Conditions, HeldOut, MeasuredTable, Origin } from "./CertificateTables.tsx";
import { Flips } from "./Flips.tsx";
import { VERDICTS } from "./findings.ts";
import { whyNotPromotable } from "./versions.ts";

/** What was shown of a retrained network: the verdict first, then all it rests on. */
export function CertificatePage() {
  const { modelId = "" } = useParams();
  const certificate = useCertificate(modelId);
  const versions = useModelVersions();
  const version = versions.data?.find(({ id }) => id === modelId) ?? null;
  const canPromote = version !== null && whyNotPromotable(version) === null;
  return (
    <Page
      aside={
        certificate.data ? (
          <Group gap="xs">
            <Button
              component="a"
              download={`neuroscope-certificate-${modelId}.pdf`}
              href={certificatePath(modelId, "pdf")}
              size="xs"
              variant="light"
            >
              Download PDF
            </Button>
            <Button
              component="a"
              download={`neuroscope-certificate-${modelId}.json`}
              href={certificatePath(modelId, "json")}
              size="xs"
              variant="default"
            >
              Download JSON
            </Button>
          </Group>
        ) : null
      }
      lead="Tested on patients nobody trained on, against the network of before and two controls with the same budget: one that learned classes only, one that learned from another patient's marks."
      title={`Certificate of ${version?.model.version ?? "a version"}`}
    >
      <Fetched
        isPending={certificate.isPending}
        label="Loading the certificate"
        onRetry={() => void certificate.refetch()}
        problem={certificate.isError ? problemOf(certificate.error) : null}
      >
        {certificate.data ? (
          <Content canPromote={canPromote} certificate={certificate.data} modelId={modelId} />
        ) : null}
      </Fetched>
      {certificate.isError ? (
        <Button component={Link} mt="md" size="xs" to="/models" variant="default">
          Open the list of models
        </Button>
      ) : null}
    </Page>
  );
}

interface ContentProps {
  readonly certificate: Certificate;
  readonly modelId: string;
  readonly canPromote: boolean;
}

function Content({ certificate, modelId, canPromote }: ContentProps) {
  const verdict = VERDICTS[certificate.verdict];
  return (
    <>
      <section aria-label="Verdict" className={classes.verdict} data-verdict={certificate.verdict}>
        <Group align="start" justify="space-between" wrap="nowrap">
          <div>
            <p className={classes.word}>{verdict.title}</p>
            <Text fz="sm">{verdict.means}</Text>
          </div>
          <Button
            className={classes.next ?? ""}
            component={Link}
            size="xs"
            to={`/models?version=${modelId}`}
            variant={canPromote ? "filled" : "default"}
          >
            {canPromote ? "Go to promotion" : "Open the version"}
          </Button>
        </Group>
        <ul className={classes.reasons}>
          {certificate.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      </section>
      {certificate.cautions.map((caution) => (
        <Caution key={caution}>{caution}</Caution>
      ))}
      <Conditions conditions={certificate.conditions} />
      <MeasuredTable certificate={certificate} />
      <Flips certificate={certificate} modelId={modelId} />
      <div className={classes.two}>
        <HeldOut counts={certificate.counts} />
        <Origin certificate={certificate} />
      </div>
    </>
  );
}
