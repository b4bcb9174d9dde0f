/** Drawings as files of other programs: fetched to be kept, and sent to be stored. */

import { fetchBytes, type Schemas } from "../client/api.ts";
import type { OfSeries } from "./annotations.ts";
import { readerHeaders } from "./reader.ts";

export type ExchangeForm = "coco" | "dicom-seg" | "nifti";

const ENDINGS: Readonly<Record<ExchangeForm, string>> = {
  coco: "json",
  "dicom-seg": "dcm",
  nifti: "zip",
};

function pathOf({ studyId, seriesId }: OfSeries): string {
  return `/api/studies/${encodeURIComponent(studyId)}/series/${encodeURIComponent(seriesId)}/exchange`;
}

/** Let the browser keep a file; it is asked for under the reader's own name, as all else is. */
export async function exportDrawings(of: OfSeries, form: ExchangeForm): Promise<void> {
  const { bytes } = await fetchBytes(`${pathOf(of)}?format=${form}`, undefined, {
    headers: readerHeaders(),
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = `annotations-${of.seriesId}.${ENDINGS[form]}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

export async function importDrawings(of: OfSeries, file: File): Promise<Schemas["ImportedOut"]> {
  const { bytes } = await fetchBytes(pathOf(of), undefined, {
    method: "POST",
    headers: { ...readerHeaders(), "Content-Type": "application/octet-stream" },
    body: file,
  });
  return JSON.parse(new TextDecoder().decode(bytes)) as Schemas["ImportedOut"];
}
