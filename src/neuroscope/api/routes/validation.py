"""All analyzed slices: find them, look at them, say what their maps are worth, take them away."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from neuroscope.api.deps import Id, ReaderDep, Responses, StoreDep, cleaned_name
from neuroscope.api.routes.studies import BINARY
from neuroscope.api.tile_bytes import tiles_response
from neuroscope.api.validation_schema import (
    FilterIn,
    RowsOut,
    SearchIn,
    SelectionIn,
    SelectionOut,
    SlicesOut,
    VerdictIn,
    VerdictsOut,
    ViewIn,
    ViewOut,
    ViewsOut,
)
from neuroscope.api.validation_views import (
    map_key,
    slice_out,
    slices_out,
    table,
    verdicts_out,
)
from neuroscope.errors import BadInputError
from neuroscope.store import map_verdicts, saved_views, validation
from neuroscope.store.assignments import blind_series, reads_blind
from neuroscope.store.database import Store
from neuroscope.store.tiles import read_tiles
from neuroscope.store.validation import ValidationSlice

router = APIRouter(prefix="/validation", tags=["validation"])
CSV: Responses = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
LOST: Responses = {404: {}}  # of a GET whose selection may be gone
MOST_AT_ONCE = 200
Ids = Annotated[
    str,
    Query(
        pattern=r"^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8}){0,199}$",
        description="Ids of slices, with commas; 200 at most.",
        examples=["3,1"],
    ),
]
SliceIdPath = Annotated[int, Path(ge=1, le=999_999_999, description="Of a slice of the grid.")]


@router.get("/slices", responses=LOST)
def find_slices(
    wanted: Annotated[SearchIn, Query()], store: StoreDep, reader: ReaderDep
) -> SlicesOut:
    """Find analyzed slices, newest analyses of every study only, and count them by every flag."""
    found = validation.find_slices(store, wanted.wanted(), reader=reader, order=wanted.order)
    return slices_out(found)


@router.get("/slices/rows")
def list_rows(ids: Ids, store: StoreDep, reader: ReaderDep) -> RowsOut:
    """Return some slices of the grid."""
    found = validation.read_slices(store, _numbers(ids), reader=reader)
    return RowsOut(slices=[slice_out(one) for one in found])


@router.get("/slices/tiles", response_class=Response, responses=BINARY)
def get_tiles(ids: Ids, request: Request, store: StoreDep) -> Response:
    """Send small pictures with the evidence for the answer, for a screen at once.

    A line of JSON names for each tile `id`, `side` of the picture (0: none), `rows` and `columns`
    of the evidence and its `box` (top, left, height, width) in the picture; then follow, tile by
    tile, the picture (uint8) and the evidence (int8, 127 is where the display saturates).
    """
    return tiles_response(request, read_tiles(store, _numbers(ids)))


@router.get("/slices.csv", response_class=Response, responses={**CSV, **LOST})
def get_table(
    wanted: Annotated[FilterIn, Query()], store: StoreDep, reader: ReaderDep
) -> StreamingResponse:
    """Send the slices that match as CSV: the columns of `focus.csv`, and what readers said."""
    found = validation.find_slices(store, wanted.wanted(), reader=reader)
    slices = validation.read_slices(store, found.ids, reader=reader)
    said = map_verdicts.read_heads(store, [map_key(one) for one in slices])
    hidden = blind_series(store, reader)
    shown = {
        key: [
            one
            for one in heads
            if one.reader == reader or (key.study_id, key.series_id) not in hidden
        ]
        for key, heads in said.items()
    }
    name = {"Content-Disposition": 'attachment; filename="neuroscope-slices.csv"'}
    return StreamingResponse(table(slices, shown), media_type="text/csv", headers=name)


@router.get("/slices/{slice_id}/verdicts")
def list_verdicts(slice_id: SliceIdPath, store: StoreDep, reader: ReaderDep) -> VerdictsOut:
    """Tell what readers said of the map of a slice; what others said after you have."""
    return _verdicts(store, validation.require_slice(store, slice_id, reader=reader), reader)


@router.put("/slices/{slice_id}/verdict")
def set_verdict(
    slice_id: SliceIdPath, body: VerdictIn, store: StoreDep, reader: ReaderDep
) -> VerdictsOut:
    """Say what a map is worth. 409 if you said something else meanwhile."""
    one = validation.require_slice(store, slice_id, reader=reader)
    map_verdicts.set_verdict(
        store,
        map_key(one),
        verdict=body.verdict,
        note=body.note.strip(),
        reader=reader,
        parent=body.parent,
    )
    return _verdicts(store, one, reader)


@router.get("/views")
def list_views(store: StoreDep) -> ViewsOut:
    """List the filters that were kept under a name."""
    return ViewsOut(views=[_view(one) for one in saved_views.list_views(store)])


@router.post("/views", status_code=201)
def save_view(body: ViewIn, store: StoreDep, reader: ReaderDep) -> ViewOut:
    """Keep a filter under a name; 409 if the name is taken."""
    content: dict[str, Any] = body.filter.model_dump(mode="json")
    name = cleaned_name(body.name)
    if not name:
        raise BadInputError("The name of the view is empty.", fix="Give a name.")
    return _view(saved_views.save_view(store, name=name, content=content, author=reader))


@router.delete("/views/{view_id}", status_code=204)
def delete_view(view_id: Id, store: StoreDep, reader: ReaderDep) -> None:
    """Forget a kept filter."""
    saved_views.delete_view(store, view_id, actor=reader)


@router.post("/selections", status_code=201)
def keep_selection(body: SelectionIn, store: StoreDep) -> SelectionOut:
    """Keep slices picked on another page for 30 days, for the grid to show."""
    picked = list(dict.fromkeys((one.study_id, one.series_id, one.index) for one in body.slices))
    return SelectionOut(token=saved_views.keep_selection(store, picked), count=len(picked))


def _numbers(ids: str) -> list[int]:
    return list(dict.fromkeys(int(one) for one in ids.split(",")))


def _view(one: saved_views.SavedView) -> ViewOut:
    return ViewOut(
        id=one.id,
        name=one.name,
        filter=SearchIn.model_validate(one.filter),
        author=one.author,
        created=one.created,
    )


def _verdicts(store: Store, one: ValidationSlice, reader: str) -> VerdictsOut:
    with store.reading() as session:
        is_blind = reads_blind(session, one.study_id, one.series_id, reader)
    said = map_verdicts.read_history(store, map_key(one))
    return verdicts_out(said, reader=reader, sees_others=not is_blind)
