"""A scope: one group of settings as one program receives it, wherever it was written."""

from __future__ import annotations

from smtplint.source import Place, Source
from smtplint.tree import Mapping, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as Lookup


class Owner:
    """Evidence about the program that reads the scope. Every attribute may be empty.

    `name`: compose service, container, step. `image`: container image without registry mirror or digest, tag in `image_tag`.
    `chart`: Helm chart name. `uses`: a GitHub action `owner/name`, tag in `uses_ref`. `module`: an Ansible module or plug-in name.
    `siblings`: images by service name of the other services beside it, for single-label hosts.
    `image_at`: the image as written, references not expanded; None when there is none.
    `folder`: where the source code of the program lies ("api/"), "" when that is not said: then it is the folder of the scope's file.
    """

    __slots__ = ("chart", "folder", "image", "image_at", "image_tag", "module", "name", "siblings", "uses", "uses_ref")

    def __init__(
        self,
        name: str = "",
        image: str = "",
        image_tag: str = "",
        chart: str = "",
        uses: str = "",
        uses_ref: str = "",
        module: str = "",
        siblings: Lookup[str, str] | None = None,
        image_at: Scalar | None = None,
    ) -> None:
        self.name = name
        self.image = image
        self.image_tag = image_tag
        self.chart = chart
        self.uses = uses
        self.uses_ref = uses_ref
        self.module = module
        self.image_at = image_at
        self.folder = ""
        self.siblings: Lookup[str, str] = siblings if siblings is not None else {}


class Scope:
    """Settings of one program, fully resolved: references expanded, other files merged in.

    `kind`      environment (a flat mapping of variable names to scalars) | document (a tree).
    `syntax`    how it was written: yaml json toml ini properties python dotenv postfix keyword (a document's own syntax; for an environment the
                syntax of the outermost file, which the remedies are written in).
    `reads_as`  the syntax the application gets to read, where a tree stands for the file (`grafana.ini: {smtp: …}`); "" for `syntax`.
    `root`      the settings.
    `source`    the outermost file in which the endpoint's own keys are named.
    `names`     names under which `files` patterns of a placement are matched, most specific first: the path of a file, the key of a
                ConfigMap that holds a document ("grafana.ini").
    `path`      where it sits in that file ("services.web", "data.grafana.ini"), "" for a whole file.
    `branch`    the world: "" | "profile prod" | "if DEBUG" | "class ProductionConfig".
    `owner`     evidence about the program.
    `loader`    how plain scalars become values: yaml11 | yaml12 | goyaml | text (every value is a string) | native (typed by the reader).
    `complete`  False when keys may exist that cannot be seen: absence is then unknown.
    `container` the way it is carried: "" (a file of its own), compose, kubernetes, helm, workflow, … (id of the carrier).
    `secret`    it is meant for secrets (dotenv, Kubernetes Secret): no SMTP403.
    `template`  it stands in a template or under one; no claim rests on an absent key.
    `anchor`    a place to point at when the scope has no fitting key (the service's own key); may be None.

    What is still to be fetched, for `resolve`:
    `interpolation`  the dialect of the references in the values (see `resolve.interpolate`): compose, kubernetes, workflow, …, none.
    `env_files`      names of files whose variables come in underneath, as written, in order: later ones win, `root` wins over all.
    `env_from`       (kind, name, prefix, optional) of ConfigMaps and Secrets whose entries come in underneath, in order.
    `value_from`     variable → (kind, name, key) where its value comes from; in `root` it is unresolved.
    `provides`       (kind, name, namespace) under which other scopes ask for this one; ("", "", "") when it has no such name.
    """

    __slots__ = (
        "anchor",
        "branch",
        "complete",
        "container",
        "env_files",
        "env_from",
        "interpolation",
        "kind",
        "loader",
        "names",
        "owner",
        "path",
        "provides",
        "reads_as",
        "root",
        "secret",
        "source",
        "syntax",
        "template",
        "value_from",
    )

    def __init__(
        self,
        kind: str,
        syntax: str,
        root: Mapping,
        source: Source,
        *,
        names: tuple[str, ...] = (),
        reads_as: str = "",
        path: str = "",
        branch: str = "",
        owner: Owner | None = None,
        loader: str = "text",
        complete: bool = True,
        container: str = "",
        secret: bool = False,
        template: bool = False,
        anchor: Place | None = None,
        interpolation: str = "generic",
        env_files: tuple[Scalar, ...] = (),
        env_from: tuple[tuple[str, str, str, bool], ...] = (),
        value_from: dict[str, tuple[str, str, str]] | None = None,
        provides: tuple[str, str, str] = ("", "", ""),
    ) -> None:
        self.kind = kind
        self.syntax = syntax
        self.reads_as = reads_as
        self.root = root
        self.source = source
        self.names = names or (source.path,)
        self.path = path
        self.branch = branch
        self.owner = owner if owner is not None else Owner()
        self.loader = loader
        self.complete = complete
        self.container = container
        self.secret = secret
        self.template = template
        self.anchor = anchor
        self.interpolation = interpolation
        self.env_files = env_files
        self.env_from = env_from
        self.value_from = value_from if value_from is not None else {}
        self.provides = provides

    def __repr__(self) -> str:
        return f"Scope({self.kind}, {self.source.path}, {self.path!r}, {self.branch!r})"

    def variable(self, name: str) -> Scalar | None:
        """A variable of an environment."""
        found = self.root.get(name)
        return found if isinstance(found, Scalar) else None
