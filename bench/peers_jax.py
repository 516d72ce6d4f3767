"""Training steps in JAX: the networks of `steps.py`, one jitted function a step, its state donated; optimizers of optax."""

import jax
import jax.numpy as jnp
import optax

CONTEXT, TOKENS, WIDTH, HEADS, LAYERS = 64, 65, 128, 4, 4


def dense_weights(key, inputs, outputs):
    return {"weight": jax.random.normal(key, (inputs, outputs)) * inputs**-0.5, "bias": jnp.zeros(outputs)}


def dense(weights, x):
    return x @ weights["weight"] + weights["bias"]


def norm_weights():
    return {"scale": jnp.ones(WIDTH), "bias": jnp.zeros(WIDTH)}


def norm(weights, x):
    return jax.nn.standardize(x, epsilon=1e-5) * weights["scale"] + weights["bias"]


def mlp_weights(key):
    widths = (784, 512, 256, 10)
    return [dense_weights(*layer) for layer in zip(jax.random.split(key, 3), widths, widths[1:])]


def mlp(weights, x):
    for layer in weights[:-1]:
        x = jax.nn.relu(dense(layer, x))
    return dense(weights[-1], x)


def gpt_weights(key):
    keys = iter(jax.random.split(key, 3 + 4 * LAYERS))
    table = lambda rows: 0.02 * jax.random.normal(next(keys), (rows, WIDTH))
    layer = lambda inputs, outputs: dense_weights(next(keys), WIDTH * inputs, WIDTH * outputs)
    block = lambda: {
        "before_attention": norm_weights(),
        "queries_keys_values": layer(1, 3),
        "merge": layer(1, 1),
        "before_dense": norm_weights(),
        "widen": layer(1, 4),
        "narrow": layer(4, 1),
    }
    blocks = [block() for _ in range(LAYERS)]
    output = dense_weights(next(keys), WIDTH, TOKENS)
    return {"token": table(TOKENS), "position": table(CONTEXT), "blocks": blocks, "norm": norm_weights(), "output": output}


def gpt(weights, tokens):
    x = weights["token"][tokens] + weights["position"]
    for block in weights["blocks"]:
        split = dense(block["queries_keys_values"], norm(block["before_attention"], x))
        queries, keys, values = jnp.moveaxis(split.reshape(*split.shape[:2], 3, HEADS, WIDTH // HEADS), 2, 0)
        attended = jax.nn.dot_product_attention(queries, keys, values, is_causal=True)
        x = x + dense(block["merge"], attended.reshape(x.shape))
        # The exact GELU, as in the other programs.
        inner = jax.nn.gelu(dense(block["widen"], norm(block["before_dense"], x)), approximate=False)
        x = x + dense(block["narrow"], inner)
    return dense(weights["output"], norm(weights["norm"], x)).reshape(-1, TOKENS)


WORKS = {
    "mlp": (mlp_weights, mlp, optax.sgd(0.01, momentum=0.9)),
    "gpt": (gpt_weights, gpt, optax.adamw(1e-3, weight_decay=0.0)),
}


def random_batch(work, batch_size):
    key = jax.random.key(1)
    if work == "gpt":
        count = batch_size * CONTEXT
        return jax.random.randint(key, (batch_size, CONTEXT), 0, TOKENS), jax.random.randint(key, (count,), 0, TOKENS)
    return jax.random.normal(key, (batch_size, 784)), jax.random.randint(key, (batch_size,), 0, 10)


def start(work, batch_size):
    """A function that starts a training, with the same weights each time, and returns its step, which returns the loss."""
    make, forward, optimizer = WORKS[work]
    x, y = random_batch(work, batch_size)

    def train(state, x, y):
        def loss_of(weights):
            return optax.softmax_cross_entropy_with_integer_labels(forward(weights, x), y).mean()

        weights, memory = state
        loss, gradients = jax.value_and_grad(loss_of)(weights)
        updates, memory = optimizer.update(gradients, memory, weights)
        return (optax.apply_updates(weights, updates), memory), loss

    compiled = jax.jit(train, donate_argnums=0)

    def fresh():
        weights = make(jax.random.key(0))
        state = weights, optimizer.init(weights)

        def step():
            nonlocal state
            state, loss = compiled(state, x, y)
            return float(loss)

        return step

    return fresh
