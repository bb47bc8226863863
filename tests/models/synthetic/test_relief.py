import math

import numpy as np

from models.synthetic.motion import HAND, Movement, Placement
from models.synthetic.relief import Surface, draw, focal, head_surface, project
from tests.models.synthetic.photos import OWNER_LANDMARKS, owner_photo

SIZE = (640, 480)
AHEAD = Placement((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def _points(surface: Surface, places: list[tuple[float, float]]) -> np.ndarray:
    """Places in mm about the turning point, lifted onto the surface."""
    rows, columns = surface.picture.shape[:2]
    cells = surface.height.shape[0] - 1
    lifted = []
    for x, y in places:
        column = round((x / surface.mm + surface.centre[0]) / (columns - 1) * cells)
        row = round((y / surface.mm + surface.centre[1]) / (rows - 1) * cells)
        lifted.append((x, y, -float(surface.height[row, column])))
    return np.array(lifted)


FACE = [(-31.5, -14.0), (31.5, -14.0), (0.0, 22.0), (-25.0, 50.0), (25.0, 50.0)]


def test_the_nose_of_a_head_is_a_quarter_of_the_eyes_distance_before_its_face() -> None:
    photo = owner_photo()
    lifted = _points(head_surface(photo.image, photo.landmarks), FACE)
    flat = np.column_stack([lifted[[0, 1, 3, 4], :2], np.ones(4)])
    plane, *_ = np.linalg.lstsq(flat, lifted[[0, 1, 3, 4], 2], rcond=None)
    nose = float(np.array([0.0, 22.0, 1.0]) @ plane - lifted[2, 2])
    assert 0.2 < nose / 63.0 < 0.36


def test_stature_scales_the_depth_of_a_head() -> None:
    photo = owner_photo()
    usual = head_surface(photo.image, photo.landmarks)
    flatter = head_surface(photo.image, photo.landmarks, stature=0.5)
    assert np.allclose(flatter.height, usual.height / 2)


def test_a_point_ahead_is_seen_in_the_middle_and_one_beside_it_by_the_focal_length() -> None:
    seen = project(np.array([[0.0, 0.0, 0.0], [50.0, 0.0, 0.0]]), AHEAD, 500.0, SIZE)
    assert seen[0].tolist() == [320.0, 240.0]
    assert math.isclose(seen[1, 0] - 320.0, focal(SIZE) * 0.1, rel_tol=1e-4)


def test_what_is_drawn_lies_where_it_is_projected() -> None:
    """A white dot on a tilted sheet, found again in the frame."""
    picture = np.zeros((200, 300, 4), np.uint8)
    picture[..., 3] = 255
    picture[50:53, 80:83, :3] = 255
    sheet = Surface(picture, np.zeros((8, 8), np.float32), (150.0, 100.0), 1.0)
    at = Placement((math.radians(12), math.radians(-8), math.radians(5)), (20.0, -10.0, 40.0))
    frame = draw(sheet, at, 600.0, np.full((480, 640, 3), 40, np.uint8))
    rows, columns = np.nonzero(frame[..., 1] > 60)
    weights = frame[rows, columns, 1].astype(float)
    found = np.array([np.average(columns, weights=weights), np.average(rows, weights=weights)])
    wanted = project(np.array([[81.0 - 150.0, 51.0 - 100.0, 0.0]]), at, 600.0, SIZE)[0]
    assert np.abs(found - wanted).max() < 0.5


def test_points_of_a_turned_head_follow_no_homography() -> None:
    photo = owner_photo()
    head = head_surface(photo.image, photo.landmarks)
    lifted = _points(head, FACE)
    turned = Placement((math.radians(10), 0.0, 0.0), (0.0, 0.0, 0.0))
    before, after = (project(lifted, at, 600.0, SIZE) for at in (AHEAD, turned))
    without_nose = [0, 1, 3, 4]
    flat = np.column_stack([before[without_nose], np.ones(4)])
    affine, *_ = np.linalg.lstsq(flat, after[without_nose], rcond=None)
    expected = np.array([*before[2], 1.0]) @ affine
    assert abs(float(after[2, 0] - expected[0])) > 1.5


def test_a_movement_is_the_same_for_one_seed_and_stays_within_reach() -> None:
    one, other = (Movement(HAND, np.random.default_rng(5)) for _ in range(2))
    places = [one.at(time / 10) for time in range(100)]
    assert places == [other.at(time / 10) for time in range(100)]
    most = math.radians(HAND.yaw) * (1 + HAND.tremor)
    assert 0 < max(abs(place.angles[0]) for place in places) <= most
    assert OWNER_LANDMARKS.shape == (5, 2)
