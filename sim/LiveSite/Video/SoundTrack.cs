using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Video;

/// <summary>The sound of a channel: a soft crowd that roars at a moment, and the beep. Always the same sound at the same time.</summary>
/// <param name="surges">The moments to roar at.</param>
public sealed class SoundTrack(SurgeLog surges)
{
    private const double BeepAmplitude = 16_000;
    private const double MurmurAmplitude = 250;
    private const double RoarAmplitude = 1_500; // 20 dB below the beep, so that the beep stands out in a surge as well

    /// <summary>The samples of one frame.</summary>
    /// <param name="samples"><see cref="Timing.SamplesPerFrame"/> samples to write.</param>
    /// <param name="unixMilliseconds">The frame's wall-clock time.</param>
    public void Fill(Span<short> samples, long unixMilliseconds)
    {
        var excitement = surges.OnStage(unixMilliseconds)?.StageExcitement(unixMilliseconds) ?? 0;
        var crowd = MurmurAmplitude + RoarAmplitude * excitement;
        var noise = (uint)(unixMilliseconds * 2654435761);
        double smooth = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            noise = noise * 1664525 + 1013904223;
            smooth += ((int)(noise >> 8) / (double)(1 << 23) - 1 - smooth) * 0.25;
            samples[i] = (short)(smooth * crowd);
        }
        if (Scene.IsFlash(unixMilliseconds)) AddBeep(samples);
    }

    // The pitch fits a frame a whole number of times, so the phase starts anew with every frame and stays continuous.
    private static void AddBeep(Span<short> samples)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            var wave = Math.Sin(2 * Math.PI * Timing.BeepHertz * i / Timing.SampleRate) * BeepAmplitude;
            samples[i] = (short)Math.Clamp(samples[i] + wave, short.MinValue, short.MaxValue);
        }
    }
}
