"""The bundled model for ONNX Runtime: `python export.py FOLDER` writes onnx-f32, onnx-fused-f32, onnx-int8 and onnx-fused-int8."""

import sys
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from reader import load

MODELS = Path(__file__).resolve().parents[2] / "models"


def main() -> None:
    folder = Path(sys.argv[1])
    net = load(MODELS, attention="eager")
    ids, mask = torch.randint(1000, 2000, (2, 16)), torch.ones(2, 16, dtype=torch.long)
    mask[1, 10:] = 0
    shape = {0: "texts", 1: "pieces"}
    plain = folder / "onnx-f32.onnx"
    with torch.inference_mode():
        torch.onnx.export(
            net,
            (ids, mask),
            str(plain),
            input_names=["ids", "mask"],
            output_names=["sentiment", "emotion", "vector"],
            dynamic_axes={"ids": shape, "mask": shape},
            opset_version=17,
            dynamo=False,
        )
    fusions = FusionOptions("bert")
    # The exact GELU: the approximation would be a different model.
    fusions.enable_gelu_approximation = False
    fused = optimize_model(
        str(plain), model_type="bert", num_heads=12, hidden_size=384, optimization_options=fusions, opt_level=1
    )
    print("fused:", {k: v for k, v in fused.get_fused_operator_statistics().items() if v})
    fused.save_model_to_file(str(folder / "onnx-fused-f32.onnx"))
    for name in ("onnx", "onnx-fused"):
        quantize_dynamic(
            str(folder / f"{name}-f32.onnx"),
            str(folder / f"{name}-int8.onnx"),
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


if __name__ == "__main__":
    main()
