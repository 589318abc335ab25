using System.CommandLine;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Commands;

/// <summary>The option <c>--set key=value</c>.</summary>
internal static class SettingsOption
{
    /// <summary>The option's definition.</summary>
    public static Option<string[]> Create() => new("--set")
    {
        Description = $"A setting, as surge_threshold=3; may be repeated. The settings are {string.Join(", ", ClipSettings.Names)}",
        HelpName = "key=value",
        DefaultValueFactory = _ => [],
    };

    /// <summary>The defaults with these changes.</summary>
    /// <returns>The settings, or null after every fault was named in <paramref name="errors"/>.</returns>
    public static ClipSettings? Read(IReadOnlyList<string> changes, TextWriter errors)
    {
        var settings = ClipSettings.Default;
        var faults = new List<SettingFault>();
        foreach (var change in changes)
        {
            var equals = change.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                faults.Add(new(change, $"--set '{change}' is not key=value: give for example surge_threshold=3"));
                continue;
            }

            (settings, var fault) = settings.With(change[..equals].Trim(), change[(equals + 1)..].Trim());
            if (fault is not null) faults.Add(fault);
        }

        faults.AddRange(settings.Validate());
        foreach (var fault in faults) errors.WriteLine(fault.Message);
        return faults.Count == 0 ? settings : null;
    }
}
