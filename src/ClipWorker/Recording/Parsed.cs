namespace StreamClips.ClipWorker.Recording;

/// <summary>What was read, or why it could not be: one of the two is null.</summary>
/// <param name="Value">What was read.</param>
/// <param name="Fault">What is wrong, for people.</param>
internal readonly record struct Parsed<T>(T? Value, string? Fault)
    where T : class
{
    /// <summary>Something was read.</summary>
    public static implicit operator Parsed<T>(T value) => new(value, null);

    /// <summary>It could not be read.</summary>
    public static Parsed<T> Failed(string fault) => new(null, fault);
}
