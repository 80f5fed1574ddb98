"""Template marks: what is literal counts as written, what is templated is unresolved, what is conditional may be absent."""

from __future__ import annotations

import random
import re

import pytest

from smtplint import readers
from smtplint.readers import TemplateError, embed
from smtplint.readers.mask import mask
from smtplint.source import Source, SourceError
from smtplint.tree import Mapping, Node, Scalar, Sequence, scalars
from tests.readers.shared import at, documents, entry, mapping, plain, position, root, scalar

HELM = """\
apiVersion: v1
metadata:
  name: {{ include "x.fullname" . }}
  labels:
    {{- include "x.labels" . | nindent 4 }}
    app: mail
spec:
  env:
    - name: SMTP_HOST
      value: {{ .Values.host | quote }}
    {{- if .Values.port }}
    - name: SMTP_PORT
      value: "25"
    {{- end }}
    {{- toYaml .Values.extraEnv | nindent 4 }}
  resources: {{- toYaml .Values.resources | nindent 4 }}
  nodeSelector:
    {{- toYaml .Values.nodeSelector | nindent 4 }}
  {{ .Values.key }}: 1
  image: "{{ .Values.image }}:{{ .Values.tag }}"
  inline: {{ if .Values.a }}b{{ else }}c{{ end }}
  {{- with .Values.smtp }}
  port: 587
  {{- end }}
  last: 1
"""


def test_a_helm_template() -> None:
    tree = root(HELM)
    assert plain(tree) == {
        "apiVersion": "v1",
        "metadata": {"name": ..., "labels": {"app": "mail"}},
        "spec": {
            "env": [{"name": "SMTP_HOST", "value": ...}, {"name": "SMTP_PORT", "value": "25"}, ...],
            "resources": ...,
            "nodeSelector": ...,
            "image": ...,
            "inline": ...,
            "port": "587",
            "last": "1",
        },
    }
    assert [mapping(tree, *path).partial for path in ((), ("metadata",), ("metadata", "labels"), ("spec",))] == [False, False, True, True]
    assert not mapping(tree, "spec", "env", 0).partial
    assert mapping(tree, "spec", "env", 1).partial
    assert entry(tree, "spec", "port").conditional
    assert not entry(tree, "spec", "last").conditional


def test_places_and_texts_are_those_of_the_original() -> None:
    source = Source("a.yaml", HELM)
    (document,) = readers.read(source, "yaml")
    tree = document.root
    name, image, port = scalar(tree, "metadata", "name"), scalar(tree, "spec", "image"), scalar(tree, "spec", "port")
    assert (name.text, position(name)) == ('{{ include "x.fullname" . }}', (3, 9))
    assert (image.text, image.raw) == ("{{ .Values.image }}:{{ .Values.tag }}", '"{{ .Values.image }}:{{ .Values.tag }}"')
    assert position(port) == (23, 9)
    assert all(one.source is source for one in scalars(tree))


@pytest.mark.parametrize("length", range(0, len(HELM), 7))
def test_a_mask_never_changes_the_length(length: int) -> None:
    masked = mask(Source("a.yaml", HELM[:length]), "yaml")
    assert masked is None or len(masked.source.text) == length


def test_a_key_given_in_several_branches_has_no_known_value() -> None:
    tree = root("{% if tls %}\nport: 465\n{% elif x %}\nport: 587\n{% else %}\nport: 25\n{% endif %}\nhost: a\n")
    assert plain(tree) == {"port": ..., "host": "a"}
    assert mapping(tree).partial


def test_branches_that_do_not_fit_together_leave_the_first() -> None:
    tree = root("foo:\n{{- if .a }}\n  - x\n{{- else }}\n  bar: y\n{{- end }}\nport: 25\n")
    assert plain(tree) == {"foo": ["x", ...], "port": "25"}


def test_a_document_in_a_block_scalar_stays_known_and_is_masked_when_it_is_read() -> None:
    text = (
        "data:\n  grafana.ini: |\n    [smtp]\n    {{- if .x }}\n    host = {{ .Values.host }}\n    {{- end }}\n{{- if .y }}\n    user = a\n"
        "{{- end }}\n    port = 25\n  one: |\n    {{ .Values.all }}\n"
        '  zero: |\n{{ .Files.Get "x" | indent 4 }}\n  folded: >-\n    {{ a\n     | b }}\n'
    )
    tree = root(text)
    outer = scalar(tree, "data", "grafana.ini")
    assert outer.state == "known"
    (inner,) = embed(outer, "ini")
    assert plain(inner.root) == {"smtp": {"host": ..., "user": "a", "port": "25"}}
    assert mapping(inner.root, "smtp").partial
    assert [entry(inner.root, "smtp", key).conditional for key in ("host", "user", "port")] == [True, True, False]
    assert position(scalar(inner.root, "smtp", "port")) == (10, 12)
    assert [scalar(tree, "data", key).state for key in ("one", "zero", "folded")] == ["unresolved"] * 3


def test_quotes_and_braces_inside_marks() -> None:
    tree = root("a: \"{{ {'b': {'c': 1}} | d(\\\"}}\\\") }}\"\ne: {{ \"}}\" }}\nf: '{{ it }} it''s {{ that }}'\ng: {h: {{ i }}, j: 1}\n")
    assert plain(tree) == {"a": ..., "e": ..., "f": ..., "g": {"h": ..., "j": "1"}}


def test_comments_and_assignments_give_nothing() -> None:
    tree = root("{{/* two\n lines */}}\na: 1 {{- /* x */}}\n{# jinja\n too #}\n{% set x = 1 %}\n{{- $y := .Values.y }}\nb: 2\n")
    assert plain(tree) == {"a": "1", "b": "2"}
    assert not mapping(tree).partial


def test_a_condition_in_front_of_its_line_keeps_the_indentation() -> None:
    tree = root("smtp:\n  {{ if .x }}port: 25\n  host: a{{ end }}\n  user: b\n")
    assert plain(tree) == {"smtp": {"port": "25", "host": "a", "user": "b"}}
    assert [entry(tree, "smtp", key).conditional for key in ("port", "host", "user")] == [True, True, False]


def test_a_condition_that_never_ends_lasts_to_the_end() -> None:
    tree = root("a: 1\n{{ if .x }}\nb: 2\n")
    assert [entry(tree, key).conditional for key in "ab"] == [False, True]


def test_handlebars_and_erb() -> None:
    tree = root("{{#if a}}\nb: 1\n{{/if}}\n<% if c %>\nd: <%= e %>\n<% end %>\n<% xs.each do |x| %>\nf: 1\n<% end %>\ng: 2\n")
    assert plain(tree) == {"b": "1", "d": ..., "f": "1", "g": "2"}
    assert [entry(tree, key).conditional for key in "bdfg"] == [True, True, True, False]


def test_references_of_workflows_are_unresolved_and_keep_their_text() -> None:
    tree = root("port: ${{ env.PORT }}\nlist: [${{ a }}, b]\nname: ${HOST}\n")
    assert plain(tree) == {"port": ..., "list": [..., "b"], "name": "${HOST}"}
    assert scalar(tree, "port").text == "${{ env.PORT }}"


LINES = "{0}a{1}{{{{ x }}}}\n{{% if y %}}\n{0}b{1}1\n{{% endif %}}\n{0}{{{{ k }}}}{1}2\n{0}c{1}3\n"


@pytest.mark.parametrize(
    ("syntax", "before", "between"),
    [
        ("dotenv", "", "="),
        ("ini", "", " = "),
        ("properties", "", "="),
        ("toml", "", " = "),
        ("postfix", "", " = "),
        ("dockerfile", "ENV ", "="),
    ],
)
def test_the_other_syntaxes(syntax: str, before: str, between: str) -> None:
    text = LINES.format(before, between)
    found = documents(text, "app.j2", syntax)[0].root
    assert isinstance(found, Mapping)
    assert plain(found) == {"a": ..., "b": "1", "c": "3"}
    assert [one.conditional for one in found.entries] == [False, True, False]
    assert found.partial
    assert scalar(found, "a").text == "{{ x }}"
    assert scalar(found, "a").start == text.index("{{ x")
    assert position(scalar(found, "c"))[0] == 6


def test_json() -> None:
    tree = root('{"a": {{ x }}, "b": "{{ y }}z",\n{% if q %}\n"c": 1,\n{% endif %}\n"d": [{{ e }}, 2]}', "a.json.j2", "json")
    assert plain(tree) == {"a": ..., "b": ..., "c": "1", "d": [..., "2"]}
    assert entry(tree, "c").conditional


def test_braces_in_python_are_python_unless_the_name_says_otherwise() -> None:
    text = "EMAIL_PORT = {{ port }}\n"
    assert mask(Source("settings.py", text), "python") is None
    masked = mask(Source("settings.py.j2", text), "python")
    assert masked is not None
    assert masked.source.text == "EMAIL_PORT = __________\n"


@pytest.mark.parametrize(
    ("value", "text", "raw"),
    [
        ("<%= ENV['X'] || 25 %>", "25", "25"),
        ("<%= ENV.fetch('X', 'no') -%>", "no", "no"),
        ("\"<%=ENV['X'] || 'smtp.example.org'%>\"", "smtp.example.org", "smtp.example.org"),
        ('\'<%= ENV.fetch("X") { "25" }.to_i %>\'  # why', "25", "25"),
    ],
)
def test_the_default_of_a_look_up_in_erb_counts(value: str, text: str, raw: str) -> None:
    found = scalar(root(f"a: 1\nb: {value}\nc: 2\n"), "b")
    assert (found.text, found.state, found.raw) == (text, "known", raw)
    assert found.type == ("str" if value[0] in "'\"" else "plain")
    assert found.note.startswith("the default in ENV")


@pytest.mark.parametrize(
    "value", ["<%= ENV['X'] %>", "<%= ENV['X'] || '' %>", "<%= ENV['X'] || 25 %>5", "<%= ENV['X'] || 25 %><%= y %>", "<%= x || 25 %>", "<%= ENV['X'] || 2 + 3 %>"]
)  # fmt: skip
def test_other_values_of_erb_are_unresolved(value: str) -> None:
    assert scalar(root(f"b: {value}\n"), "b").state == "unresolved"


@pytest.mark.parametrize("text", ["a: '{{ b'\n", "a: 'b }}'\n", "a: '50 {%'\n", "a: '<%s> %>'\n", "a: '{#x#}'\n", "a: '%{b}'\n"])
def test_what_is_no_mark_stays(text: str) -> None:
    tree = root(text)
    assert scalar(tree, "a").state == "known"
    assert scalar(tree, "a").raw[1:-1] == scalar(tree, "a").text


def test_text_with_characters_for_private_use() -> None:
    tree = root("a: '\ue000{{ x }}'\nb: '\ue000'\n")
    assert (scalar(tree, "a").text, scalar(tree, "a").state) == ("\ue000{{ x }}", "unresolved")
    assert (scalar(tree, "b").text, scalar(tree, "b").state) == ("\ue000", "known")


def test_a_template_that_cannot_be_read_says_so() -> None:
    with pytest.raises(TemplateError) as caught:
        documents("a: {{ b }}\nc: d: e\n")
    assert (caught.value.reason, caught.value.offset) == ("is not valid YAML: a colon stands where no key can be", 15)


# fmt: off
PIECES = (
    "a: ", "b: 1\n", "- ", "\n", "  ", "{{ x }}", "{{- if a }}", "{{- end }}", "{{ else }}", "{{ include 'y' . | nindent 2 }}", "|\n",
    "'", '"', "{% if b %}", "{% endif %}", "{{/* c */}}", "# ", "k: {{ v }}\n", "\r\n", "{{ toYaml .z | nindent 4 }}\n", "é😀",
    "{{", "}}", ">-\n",
)
# fmt: on


def holds(node: Node) -> bool:
    """Whether some value below is known although a mark stands in it."""
    if isinstance(node, Scalar):
        return node.state == "known" and re.search(r"\{\{.*\}\}", node.raw) is not None and node.style not in ("literal", "folded")
    if isinstance(node, Sequence):
        return any(holds(item) for item in node.items)
    return any(holds(one.value) for one in node.entries)


def test_random_templates_are_read_or_refused() -> None:
    chooser = random.Random(8)
    read = 0
    for number in range(4000):
        text = "".join(chooser.choice(PIECES) for _ in range(chooser.randint(1, 14)))
        syntax = ("yaml", "yaml", "dotenv", "ini", "json", "toml")[number % 6]
        source = Source("a.j2", text)
        masked = mask(source, syntax)
        assert masked is None or len(masked.source.text) == len(text)
        try:
            found = readers.read(source, syntax)
        except SourceError as error:
            assert error.offset is None or 0 <= error.offset <= len(text)
            continue
        read += 1
        for document in found:
            assert not holds(document.root), text
            assert all(one.source is source and 0 <= one.start <= one.end <= len(text) for one in scalars(document.root))
            assert at(document.root) is document.root
    assert read > 1500
