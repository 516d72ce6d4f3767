"""Reference images for tests/image_files.rs, from Pillow (libpng, libjpeg-turbo): python3 make_images.py > images.txt

Needs `pip install pillow`. A line is a name and bytes in hexadecimal digits: first the file, then what Pillow decodes,
[height, width, 3]. `resized` is what Pillow makes of the decoded PNG in 7 x 5 pixels (height x width), bilinear.
"""

import io
import math

from PIL import Image

HEIGHT, WIDTH = 18, 22


def picture():
    """Waves of three lengths: smooth as a photograph, different in each channel."""

    def value(y, x, channel):
        return round(127.5 + 127.5 * math.sin(0.35 * x + (0.2 + 0.15 * channel) * y + 2 * channel))

    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([tuple(value(y, x, channel) for channel in range(3)) for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def show(name, data):
    print(name, data.hex())


def main():
    image = picture()
    files = {
        "png": saved(image, "PNG"),
        "palette": saved(image.quantize(16), "PNG"),
        "jpeg": saved(image, "JPEG", quality=90, subsampling=0),
        "jpeg-420": saved(image, "JPEG", quality=90, subsampling=2),
        "jpeg-progressive": saved(image, "JPEG", quality=90, subsampling=0, progressive=True),
        "jpeg-cmyk": saved(image.convert("CMYK"), "JPEG", quality=95),
    }
    for name, data in files.items():
        show(name, data)
        show(name + "-pixels", Image.open(io.BytesIO(data)).convert("RGB").tobytes())
    show("resized", image.resize((5, 7), Image.Resampling.BILINEAR).tobytes())


main()
