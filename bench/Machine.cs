using System.Globalization;

namespace StreamClips.Bench;

/// <summary>The machine that figures were measured on.</summary>
/// <param name="Cores">Processors that this process may use.</param>
/// <param name="Model">The processor's name.</param>
/// <param name="Load">Mean number of processes that wanted a core in the last minute, before the bench began.</param>
internal sealed record Machine(int Cores, string Model, double Load)
{
    private const double BusyPerCore = 0.5;

    /// <summary>What keeps the figures from being good; null where nothing does.</summary>
    public string? Warning => Load <= BusyPerCore * Cores
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"the machine is busy (load {Load:0.00} on {Cores} cores): the figures are worse than it could do");

    /// <summary>Looks at this machine.</summary>
    public static Machine Look() => new(
        Environment.ProcessorCount,
        Read("/proc/cpuinfo").Split('\n').FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] ?? "unknown processor",
        double.TryParse(Read("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture, out var load) ? load : 0);

    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"on {Cores} cores ({Model}), load {Load:0.00} before, .NET {Environment.Version}");

    private static string Read(string path) => File.Exists(path) ? File.ReadAllText(path) : "";
}
