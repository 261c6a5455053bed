"""Any text is read as objects, or gives problems with a place; never an exception, never without end."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from clusterdns.cluster.manifest import read
from clusterdns.cluster.manifest_text import split_documents
from clusterdns.cluster.objects import KINDS

SEED = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  labels: &labels {app: web}
spec:
  selector: *labels
  clusterIP: 10.96.0.7
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, ports: [{containerPort: 5432}]}]}
"""

FIELDS = (
    "apiVersion kind metadata name labels spec ports port items template selector replicas containers clusterIPs "
    "subsets endpoints addresses List v1 apps/v1 <<"
)
WORDS = st.sampled_from([*KINDS, *FIELDS.split()])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=25
)


def check(text: str) -> None:
    manifest = read(text, "any.yaml")
    lines = len(text.splitlines()) + 1
    for bare in (False, True):
        for problem in manifest.problems(bare=bare):
            assert 1 <= problem.place.line <= lines
            assert str(problem)
        for obj in manifest.objects(bare=bare):
            assert obj.name
            assert obj.namespace or not obj.namespaced
    again = read(text, "any.yaml", manifest)
    assert {id(document) for document in manifest.documents if document.items} <= {
        id(document) for document in again.documents
    } or len(set(split_documents(text))) < len(manifest.documents)


@given(st.text())
@example("\x00")
@example("\ud800")
@example("--- --- ---\n...\n%")
def test_any_text(text):
    check(text)


@settings(max_examples=300)
@given(st.data())
def test_a_manifest_with_pieces_cut_doubled_and_moved(data):
    text = SEED
    for _ in range(data.draw(st.integers(1, 4))):
        start, end, at = (data.draw(st.integers(0, len(text))) for _ in range(3))
        piece = text[min(start, end) : max(start, end)]
        change = data.draw(st.sampled_from(["cut", "double", "write"]))
        if change == "cut":
            text = text.replace(piece, "", 1)
        else:
            text = text[:at] + (piece if change == "double" else data.draw(st.text(max_size=3))) + text[at:]
    check(text)


@settings(max_examples=300)
@given(kind=st.sampled_from(sorted(KINDS)), values=st.dictionaries(WORDS, VALUES, max_size=6), name=VALUES)
def test_an_object_with_anything_in_it(kind, values, name):
    obj = {"metadata": {"name": name}, **values, "apiVersion": KINDS[kind].api_version, "kind": kind}

    check(json.dumps(obj))


@given(st.lists(st.sampled_from(["\n", "---", "...", "%YAML 1.1", "a", " ", "#", "\r"])).map("".join))
def test_cutting_loses_nothing(text):
    assert "---".join(split_documents(text)) == text.removeprefix("\ufeff")
