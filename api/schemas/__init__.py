"""The JSON of the API, as models that are built from the resolver's answers (``Model.model_validate(answer)``).

Times are ISO 8601 in UTC. Weights are bits with six decimals: exactly the integer microbits that decisions are made on.
Probabilities and confidences are 0…1; the confidence of something that stands alone is null.
"""
