namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>Where an exact clip begins.</summary>
/// <param name="Pts">The first picture's time.</param>
/// <param name="Segment">In which of the poured segments copying begins.</param>
/// <param name="Picture">With which picture of it, in the order of decoding.</param>
/// <param name="DelayTicks">How long that picture is decoded before it is shown.</param>
/// <param name="Encoded">How many pictures before it have to be encoded anew.</param>
internal sealed record ExactStart(long Pts, int Segment, int Picture, long DelayTicks, int Encoded);
