using System.Globalization;
using System.Text.Json;

namespace StreamClips.Bench.Chat;

/// <summary>tmi.js, the usual library for Twitch's chat on Node.js, as a peer: installed by npm beside the data, as its lock file says.</summary>
internal static class TmiJs
{
    private const string PeerName = "tmi_js";
    private static readonly string[] Files = ["package.json", "package-lock.json", ".npmrc", "parse.js"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Measures it, or says why that cannot be done here.</summary>
    /// <param name="directory">Where it is installed.</param>
    /// <param name="lines">A file of chat lines.</param>
    /// <param name="seconds">How long a repeat takes at least.</param>
    /// <param name="repeats">How many repeats; the median counts.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<BenchPeer> MeasureAsync(string directory, string lines, double seconds, int repeats, CancellationToken ct)
    {
        if (await InstallAsync(directory, ct) is { } fault) return BenchPeer.Missing(PeerName, fault);
        string[] arguments = ["parse.js", lines, seconds.ToString(CultureInfo.InvariantCulture), repeats.ToString(CultureInfo.InvariantCulture)];
        var (output, failure) = await BenchProcess.RunAsync("node", arguments, directory, Patience, ct);
        if (output is null) return BenchPeer.Missing(PeerName, failure!);
        using var rates = JsonDocument.Parse(output);
        return new(PeerName,
        [
            new("parse_lines_per_s", rates.RootElement.GetProperty("client").GetDouble(), "lines/s"),
            new("bare_parse_lines_per_s", rates.RootElement.GetProperty("parser").GetDouble(), "lines/s"),
        ]);
    }

    private static async Task<string?> InstallAsync(string directory, CancellationToken ct)
    {
        Directory.CreateDirectory(directory);
        var source = Path.Combine(BenchPlace.Root, "bench", "Chat", "tmi");
        foreach (var file in Files) File.Copy(Path.Combine(source, file), Path.Combine(directory, file), overwrite: true);
        var locked = await File.ReadAllTextAsync(Path.Combine(directory, "package-lock.json"), ct);
        var installed = Path.Combine(directory, "node_modules", ".installed-lock.json");
        if (File.Exists(installed) && await File.ReadAllTextAsync(installed, ct) == locked) return null;
        var (output, fault) = await BenchProcess.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], directory, Patience, ct);
        if (output is null) return fault;
        await File.WriteAllTextAsync(installed, locked, ct);
        return null;
    }
}
