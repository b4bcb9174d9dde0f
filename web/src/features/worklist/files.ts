/** Which files make one study: what the reader dropped, folder by folder. */

import type { GivenFile } from "../../queries/uploads.ts";

export interface FileGroup {
  readonly title: string;
  readonly files: readonly GivenFile[];
}

function isHidden(name: string): boolean {
  return name
    .split("/")
    .some((part) => part.startsWith(".") || part === "__MACOSX" || part === "Thumbs.db");
}

/** Files from a file input; a folder input tells the path inside the folder. */
export function filesOfInput(list: FileList): GivenFile[] {
  return [...list].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

function readEntries(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

async function walk(entry: FileSystemEntry): Promise<GivenFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ name: entry.fullPath.replace(/^\//, ""), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: GivenFile[] = [];
  // A reader hands out at most 100 entries at a time, and an empty list at the end.
  for (let part = await readEntries(reader); part.length > 0; part = await readEntries(reader)) {
    for (const child of part) {
      found.push(...(await walk(child)));
    }
  }
  return found;
}

/** All files of a drop, with the folders inside it. */
export async function filesOfDrop(transfer: DataTransfer): Promise<GivenFile[]> {
  // The list empties itself after the event: take the entries before the first await.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.every((entry) => entry === null)) {
    return filesOfInput(transfer.files);
  }
  const found = await Promise.all(entries.map((entry) => (entry ? walk(entry) : [])));
  return found.flat();
}

/** One study for every folder and every zip; loose files that came together are one study too. */
export function groupFiles(files: readonly GivenFile[]): FileGroup[] {
  const groups = new Map<string, { title: string; files: GivenFile[] }>();
  for (const given of files.filter(({ name }) => !isHidden(name))) {
    const [top = "", ...rest] = given.name.split("/");
    const isOwn = rest.length > 0 || top.toLowerCase().endsWith(".zip");
    const key = isOwn ? `own:${top}` : "loose";
    const group = groups.get(key) ?? { title: isOwn ? top : "", files: [] };
    group.files.push(given);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => ({
    title: group.title || looseTitle(group.files),
    files: group.files,
  }));
}

function looseTitle(files: readonly GivenFile[]): string {
  return files.length === 1 ? (files[0]?.name ?? "") : `${files.length} files`;
}

/** Known again under the same names, sizes and dates, without keeping any name (cyrb53). */
export function fingerprint(files: readonly GivenFile[]): string {
  const lines = files.map(({ name, file }) => `${name}\t${file.size}\t${file.lastModified}`).sort();
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (const character of lines.join("\n")) {
    const code = character.codePointAt(0) ?? 0;
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
