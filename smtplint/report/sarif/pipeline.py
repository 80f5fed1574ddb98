"""What a CI system says about itself in the variables of its environment: repository, commit, pipeline."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, object]


def provenance(environment: dict[str, str]) -> Json | None:
    """Repository, commit and branch as GitHub, GitLab or Azure Pipelines name them; None elsewhere. Credentials are stripped."""
    get = environment.get
    if get("GITHUB_REPOSITORY") and get("GITHUB_SERVER_URL"):
        address, commit, branch = f"{get('GITHUB_SERVER_URL')}/{get('GITHUB_REPOSITORY')}", get("GITHUB_SHA"), get("GITHUB_REF_NAME")
    elif get("CI_PROJECT_URL"):
        address, commit, branch = str(get("CI_PROJECT_URL")), get("CI_COMMIT_SHA"), get("CI_COMMIT_REF_NAME")
    elif get("BUILD_REPOSITORY_URI"):
        address, commit, branch = str(get("BUILD_REPOSITORY_URI")), get("BUILD_SOURCEVERSION"), get("BUILD_SOURCEBRANCHNAME")
    else:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = parts.netloc.rpartition("@")[2]
    out: Json = {"repositoryUri": f"{parts.scheme}://{host}{quote(parts.path, safe='/-._~%')}"}
    if commit:
        out["revisionId"] = commit
    if branch:
        out["branch"] = branch
    return out


def azure(environment: dict[str, str]) -> Json | None:
    """What Azure DevOps' advanced security wants to know about the pipeline; None unless all of it is known."""
    get = environment.get
    if get("TF_BUILD", "").lower() != "true":
        return None
    uri = urlsplit(get("SYSTEM_COLLECTIONURI", ""))
    host = uri.hostname or ""
    organization = host.split(".")[0] if host.endswith(".visualstudio.com") else uri.path.strip("/").split("/")[0]
    project = get("SYSTEM_TEAMPROJECTID", "") or get("SYSTEM_TEAMPROJECT", "")
    definition = get("SYSTEM_DEFINITIONID", "")
    name = get("BUILD_DEFINITIONNAME", "")
    phase = get("SYSTEM_PHASEID", "") or get("SYSTEM_JOBID", "")
    phase_name = get("SYSTEM_PHASENAME", "") or get("SYSTEM_JOBNAME", "")
    branch = get("BUILD_SOURCEBRANCH", "")
    build = get("BUILD_BUILDID", "")
    guid = re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", phase)
    if not (organization and project and definition.isdecimal() and name and guid and phase_name and branch and build):
        return None
    prefix = "azuredevops/pipeline/build/"
    return {
        "id": f"{prefix}{organization}/{project}/{definition}/{phase}/{branch}/{build}",
        "properties": {
            f"{prefix}buildDefinitionId": definition,
            f"{prefix}buildDefinitionName": name,
            f"{prefix}phaseId": phase,
            f"{prefix}phaseName": phase_name,
        },
    }
