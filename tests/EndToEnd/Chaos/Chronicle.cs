using System.Globalization;

namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>What was done and what happened, in order, for whoever has to understand a failure.</summary>
internal sealed class Chronicle
{
    private readonly Lock _lock = new();
    private readonly List<string> _events = [];
    private readonly long _begun = TimeProvider.System.GetTimestamp();

    /// <summary>Adds a line.</summary>
    public void Add(string what)
    {
        var at = TimeProvider.System.GetElapsedTime(_begun).TotalSeconds;
        lock (_lock) _events.Add(string.Create(CultureInfo.InvariantCulture, $"{at,8:0.000} s  {what}"));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        lock (_lock) return string.Join('\n', _events);
    }
}
