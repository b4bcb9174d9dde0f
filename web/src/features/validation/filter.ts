import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { GridFilter } from "../../queries/validation.ts";
import { FACETS, type Facet } from "./words.ts";

export const ORDERS: Readonly<Record<GridFilter["order"], string>> = {
  newest: "Newest study first",
  unsure: "Least sure first",
  sure: "Surest first",
  unusual: "Most unusual first",
};

export const EVERYTHING: GridFilter = {
  truth: [],
  predicted: [],
  reason: [],
  dominant: [],
  passport: [],
  abstained: [],
  verdict: [],
  p_from: 0,
  p_to: 1,
  words: "",
  selection: "",
  order: "newest",
};

function share(text: string | null, otherwise: number): number {
  const value = text === null || text === "" ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : otherwise;
}

/** Read the filter that an address names; what it does not know is left out. */
export function filterIn(params: URLSearchParams): GridFilter {
  const chosen = Object.fromEntries(
    FACETS.map(({ facet, values }) => [
      facet,
      (params.get(facet) ?? "").split("|").filter((value) => value in values),
    ]),
  );
  const order = params.get("order") ?? "";
  const selection = params.get("selection") ?? "";
  return {
    ...EVERYTHING,
    ...chosen,
    p_from: share(params.get("from"), 0),
    p_to: share(params.get("to"), 1),
    words: (params.get("q") ?? "").slice(0, 64),
    selection: /^[\w-]{1,64}$/.test(selection) ? selection : "",
    order: order in ORDERS ? (order as GridFilter["order"]) : "newest",
  };
}

/** Write a filter as an address; what leaves nothing out is not named. */
export function addressOf(filter: GridFilter): URLSearchParams {
  const params = new URLSearchParams();
  const put = (name: string, value: string, usual = "") => {
    if (value !== usual) {
      params.set(name, value);
    }
  };
  for (const { facet } of FACETS) {
    put(facet, filter[facet].join("|"));
  }
  put("from", String(filter.p_from), "0");
  put("to", String(filter.p_to), "1");
  put("q", filter.words.trim());
  put("selection", filter.selection);
  put("order", filter.order, "newest");
  return params;
}

/** The filters as they stand in the address, so that a view can be kept or sent. */
export function useGridFilter(): [GridFilter, (filter: GridFilter) => void] {
  const [params, setParams] = useSearchParams();
  const address = params.toString();
  const filter = useMemo(() => filterIn(new URLSearchParams(address)), [address]);
  return [filter, (next) => setParams(addressOf(next), { replace: true })];
}

/** Choose a value of a facet, or no longer. */
export function toggled(filter: GridFilter, facet: Facet, value: string): GridFilter {
  const chosen: readonly string[] = filter[facet];
  const next = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
  return { ...filter, [facet]: next };
}

export function isFiltered(filter: GridFilter): boolean {
  const { order: _, ...rest } = filter;
  return addressOf({ ...rest, order: "newest" }).size > 0;
}
