"""Audio as a telephone line carries it, made ready for the ears: where speech is, and is it any."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

INPUT_RATE = 24_000
LINE_RATE = 8000
MODEL_RATE = 16_000
FRAME = LINE_RATE // 100
_LEVEL = 10_000.0  # the peak every utterance is brought to
_DITHER = 30.0  # digital silence has no logarithm, and the model was trained on rooms
_PADDING_S = 0.2
_MIN_SPEECH_S = 0.12
_MIN_PEAK = 200.0  # of 32,768, about -44 dBFS: quieter is nobody
_BANDS = 22
_BAND_EDGES_HZ = (120.0, 3_700.0)
_WINDOW = 256
_VOICE_LAGS = slice(LINE_RATE // 400, LINE_RATE // 70)  # pitch of 70 to 400 Hz
_VOICED_CORRELATION = 0.5
_TAPER = np.hanning(_WINDOW)
_TAPER_CORRELATION = np.fft.irfft(np.abs(np.fft.rfft(_TAPER, 2 * _WINDOW)) ** 2)
_TAPER_CORRELATION /= _TAPER_CORRELATION[0]
_MIN_VOICED_WINDOWS = 4
_TONE_BINS = 6
_TONE_SHARE = 0.97


def to_line(pcm: bytes) -> NDArray[np.float32]:
    """PCM s16le 24 kHz mono to 8 kHz, so that every source sounds like a telephone."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype=np.int16).astype(np.float32)
    if len(samples) < INPUT_RATE * _MIN_SPEECH_S:
        return np.zeros(0, np.float32)
    line: NDArray[np.float32] = soxr.resample(samples, INPUT_RATE, LINE_RATE)
    return line - np.float32(line.mean())


def loud_stretch(line: NDArray[np.float32]) -> tuple[int, int] | None:
    """From the first loud sample to the last; None when nothing is loud."""
    if not len(line) or float(np.abs(line).max()) < _MIN_PEAK:
        return None
    loud = _loud_frames(line)
    return (int(loud[0]) * FRAME, (int(loud[-1]) + 1) * FRAME) if len(loud) else None


def loud_s(speech: NDArray[np.float32]) -> float:
    """Seconds that are not pause."""
    return len(_loud_frames(speech)) * FRAME / LINE_RATE


def _loud_frames(line: NDArray[np.float32]) -> NDArray[np.intp]:
    frames = line[: len(line) // FRAME * FRAME].reshape(-1, FRAME)
    levels = np.sqrt((frames * frames).mean(axis=1))
    return np.nonzero(levels > max(60.0, 0.02 * float(levels.max(initial=0.0))))[0]


def is_speech_like(speech: NDArray[np.float32]) -> bool:
    """Whether it is long enough, has a voice's pitch somewhere, and is no pure tone or key."""
    if len(speech) < LINE_RATE * _MIN_SPEECH_S:
        return False
    starts = range(0, len(speech) - _WINDOW + 1, _WINDOW // 2)
    windows = np.stack([speech[start : start + _WINDOW] for start in starts])
    spectra = np.abs(np.fft.rfft(windows * _TAPER, 2 * _WINDOW)) ** 2
    # The autocorrelation is the transform of the power spectrum; its peak tells how periodic.
    correlation = np.fft.irfft(spectra)
    correlation = correlation / np.maximum(correlation[:, :1], 1e-9)
    # A tapered window correlates less at longer lags; undo that.
    peaks = (correlation[:, _VOICE_LAGS] / _TAPER_CORRELATION[_VOICE_LAGS]).max(axis=1)
    energies = (windows * windows).mean(axis=1)
    loud = energies > 0.02 * energies.max()
    if int(np.count_nonzero((peaks > _VOICED_CORRELATION) & loud)) < _MIN_VOICED_WINDOWS:
        return False
    power = np.sort(spectra[:, ::2].sum(axis=0))
    return float(power[-_TONE_BINS:].sum()) < _TONE_SHARE * float(power.sum())


def for_the_model(speech: NDArray[np.float32]) -> NDArray[np.int16]:
    """Bring to one level, pad, resample to 16 kHz and dither, as the acoustic model likes it."""
    peak = max(1.0, float(np.abs(speech).max()))
    padding = np.zeros(int(_PADDING_S * LINE_RATE), np.float32)
    padded = np.concatenate([padding, speech * np.float32(_LEVEL / peak), padding])
    wide = soxr.resample(padded, LINE_RATE, MODEL_RATE)
    # A fixed seed: the same audio is always heard the same.
    wide = wide + np.random.default_rng(0).normal(0, _DITHER, len(wide))
    ready: NDArray[np.int16] = np.clip(wide, -32768, 32767).astype(np.int16)
    return ready


def band_energies(line: NDArray[np.float32]) -> NDArray[np.float32]:
    """Energies of the bands of a telephone line on the mel scale, one row for 10 ms."""
    padded = np.concatenate([line, np.zeros(_WINDOW, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[:-1:FRAME]
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32))) ** 2
    return (power @ _FILTERS / _WINDOW).astype(np.float32)


def _filters() -> NDArray[np.float32]:
    hertz = np.arange(_WINDOW // 2 + 1) * LINE_RATE / _WINDOW
    mel = 2595 * np.log10(1 + hertz / 700)
    low, high = (2595 * np.log10(1 + edge / 700) for edge in _BAND_EDGES_HZ)
    edges = np.linspace(low, high, _BANDS + 2)
    rows = [
        np.clip(np.minimum((mel - a) / (b - a), (c - mel) / (c - b)), 0, None)
        for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
    ]
    return np.stack(rows, axis=1).astype(np.float32)


_FILTERS = _filters()
