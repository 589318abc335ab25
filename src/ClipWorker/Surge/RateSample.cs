namespace StreamClips.ClipWorker.Surge;

/// <summary>The chat at one time, as the detector sees it.</summary>
/// <param name="At">When.</param>
/// <param name="Count">Messages in the window that ends there.</param>
/// <param name="Mean">Mean of the counts over the baseline; over what there is, while the baseline is not full.</param>
/// <param name="Decides">Whether enough samples were seen for a decision.</param>
internal readonly record struct RateSample(DateTimeOffset At, int Count, double Mean, bool Decides);
