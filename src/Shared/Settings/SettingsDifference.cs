using System.Globalization;

namespace StreamClips.Shared.Settings;

/// <summary>A setting that is another one than before.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Before">What it was: a <see cref="double"/>, a <see cref="string"/> or a <see cref="bool"/>.</param>
/// <param name="After">What it is.</param>
public sealed record SettingChange(SettingDefinition Setting, IConvertible Before, IConvertible After)
{
    /// <summary>As <c>surge_threshold 2 → 3</c>.</summary>
    public override string ToString() => $"{Setting.Name} {SettingsDifference.Text(Before)} → {SettingsDifference.Text(After)}";
}

/// <summary>What differs between settings. Pure.</summary>
public static class SettingsDifference
{
    /// <summary>The settings that differ, in the order in which people read them.</summary>
    public static IReadOnlyList<SettingChange> Between(ClipSettings before, ClipSettings after) =>
        [.. SettingDefinition.All.Where(d => !d.Get(before).Equals(d.Get(after))).Select(d => new SettingChange(d, d.Get(before), d.Get(after)))];

    /// <summary>Changes in one line, as <c>surge_threshold 2 → 3, exact false → true</c>.</summary>
    public static string Words(IReadOnlyList<SettingChange> changes) => string.Join(", ", changes);

    /// <summary>How these changes together come to a worker that runs: as the one of them that takes the most.</summary>
    public static SettingEffect Effect(IReadOnlyList<SettingChange> changes) =>
        changes.Any(c => c.Setting.Effect == SettingEffect.Restart) ? SettingEffect.Restart
        : changes.Any(c => c.Setting.Effect == SettingEffect.Live) ? SettingEffect.Live
        : SettingEffect.None;

    /// <summary>A value as in JSON, without quotation marks.</summary>
    public static string Text(IConvertible value) => value is bool flag ? (flag ? "true" : "false") : value.ToString(CultureInfo.InvariantCulture);
}
