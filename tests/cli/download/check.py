"""Compares `deno task download` with Python's huggingface_hub, in both directions, on a local server:

    python tests/cli/download/check.py

Needs huggingface_hub 2.4.0 and the packages of tests/golden/requirements.txt; no test needs it.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ID = "jina/tiny-bert"
ROOT = pathlib.Path(__file__).resolve().parents[3]


def make_model(folder):
    import torch
    import transformers

    torch.manual_seed(1)
    shutil.copy(ROOT / "weights/scratch/tokenizer.json", folder)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), pad_token="<pad>")
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
        max_position_embeddings=40, pad_token_id=tokenizer.pad_token_id,
    )
    transformers.BertForMaskedLM(config).save_pretrained(folder)


def in_python(code, env):
    return subprocess.run([sys.executable, "-c", code], env=env, check=True, text=True, capture_output=True).stdout


def git_or_sha(etag, data):
    if len(etag) == 64:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def check(cache):
    """Every content has the hash that its name says."""
    blobs = list(pathlib.Path(cache).glob("models--*/blobs/*"))
    for blob in blobs:
        assert git_or_sha(blob.name, blob.read_bytes()) == blob.name, blob
    return {blob.name for blob in blobs}


with tempfile.TemporaryDirectory() as work:
    model, ours, theirs = [pathlib.Path(work) / name for name in ("model", "ours", "theirs")]
    for folder in (model, ours, theirs):
        folder.mkdir()
    make_model(model)
    serve = ["deno", "run", "--allow-read", "--allow-net=127.0.0.1", str(ROOT / "tests/cli/download/serve.ts")]
    server = subprocess.Popen([*serve, str(model), ID], stdout=subprocess.PIPE, text=True)
    try:
        env = {**os.environ, "HF_ENDPOINT": server.stdout.readline().strip(), "HF_HUB_DISABLE_XET": "1"}
        here, there = {**env, "HF_HUB_CACHE": str(ours)}, {**env, "HF_HUB_CACHE": str(theirs)}
        subprocess.run(["deno", "task", "download", ID], cwd=ROOT, env=here, check=True)
        snapshot = in_python(f"import huggingface_hub as h; print(h.snapshot_download({ID!r}))", there).strip()
    finally:
        server.terminate()
    ours_has, theirs_has = check(ours), check(theirs)
    assert ours_has <= theirs_has, (ours_has, theirs_has)
    print(f"{len(ours_has)} contents have the names that huggingface_hub {in_python('import huggingface_hub as h; print(h.__version__)', env).strip()} gives them")

    # Without the server: Python finds and loads ours, and we theirs.
    offline = {**here, "HF_HUB_OFFLINE": "1"}
    found = in_python(
        "import huggingface_hub as h, transformers as t\n"
        f"print(h.try_to_load_from_cache({ID!r}, 'model.safetensors'), [len(r.revisions) for r in h.scan_cache_dir().repos],"
        " len(h.scan_cache_dir().warnings))\n"
        f"m, i = t.AutoModelForMaskedLM.from_pretrained({ID!r}, output_loading_info=True)\n"
        f"t.AutoTokenizer.from_pretrained({ID!r})\n"
        "print(sorted(i['missing_keys']), sorted(i['unexpected_keys']))\n",
        offline,
    )
    print("transformers opens what we downloaded:", found)
    subprocess.run(["deno", "task", "inspect", ID, "--json"], cwd=ROOT, env=there, check=True, stdout=subprocess.DEVNULL)
    print("we open what huggingface_hub downloaded, at", snapshot)
