using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Settings;

/// <summary>The default settings, as the API shows them.</summary>
public sealed record SettingsView
{
    /// <summary>Every setting by its name.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Settings { get; init; }

    /// <summary>Grows with every change; 0: nobody ever changed them.</summary>
    public required long Version { get; init; }

    /// <summary>When they were last changed; null: never.</summary>
    public required DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>An example.</summary>
    public static SettingsView Example { get; } = Of(new DefaultSettings { Value = ClipSettings.Default with { SurgeThreshold = 3 }, Version = 7, UpdatedAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z") });

    /// <summary>The defaults as the API shows them.</summary>
    public static SettingsView Of(DefaultSettings settings) => new()
    {
        Settings = Elements(SettingValues.All(settings.Value)), Version = settings.Version, UpdatedAt = settings.Version == 0 ? null : settings.UpdatedAt,
    };

    internal static Dictionary<string, JsonElement> Elements(JsonObject values) => values.ToDictionary(v => v.Key, v => JsonSerializer.SerializeToElement(v.Value));
}

/// <summary>The settings of a streamer, as the API shows them.</summary>
public sealed record StreamerSettingsView
{
    /// <summary>Every setting by its name, with where it comes from.</summary>
    public required IReadOnlyDictionary<string, EffectiveSetting> Settings { get; init; }

    /// <summary>What the streamer has of its own, as it is put.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Overrides { get; init; }

    /// <summary>Grows with every change of what it has of its own, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>The version of the defaults; 0: nobody ever changed them.</summary>
    public required long DefaultsVersion { get; init; }

    /// <summary>What its worker works by; null where none runs.</summary>
    public required ProcessSettings? Process { get; init; }

    /// <summary>An example.</summary>
    public static StreamerSettingsView Example { get; } = new()
    {
        Settings = new Dictionary<string, EffectiveSetting>
        {
            ["clip_duration"] = new(JsonSerializer.SerializeToElement(45), SettingValues.FromOverride, JsonSerializer.SerializeToElement(60), SettingEffect.Restart),
            ["surge_threshold"] = new(JsonSerializer.SerializeToElement(3), SettingValues.FromDefault, JsonSerializer.SerializeToElement(3), SettingEffect.Live),
        },
        Overrides = new Dictionary<string, JsonElement> { ["clip_duration"] = JsonSerializer.SerializeToElement(45) }, Version = 3, DefaultsVersion = 7,
        Process = new()
        {
            Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"), Node = "node-1", Told = "7.3", Applied = "7.2", Behind = true,
            ToldAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"), Change = "clip_duration 60 → 45",
        },
    };

    /// <summary>A streamer's settings as the API shows them.</summary>
    public static StreamerSettingsView Of(OwnSettings own, DefaultSettings defaults, ClipProcess? process) => new()
    {
        Settings = SettingValues.Effective(defaults.Value, own.Value).ToDictionary(e => e.Key, e => new EffectiveSetting(
            JsonSerializer.SerializeToElement(e.Value.Value), e.Value.Source, JsonSerializer.SerializeToElement(e.Value.Default), SettingDefinition.Find(e.Key)!.Effect)),
        Overrides = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(own.Value)!, Version = own.Version, DefaultsVersion = defaults.Version,
        Process = process is null ? null : ProcessSettings.Of(process),
    };
}

/// <summary>A setting of a streamer.</summary>
/// <param name="Value">The value in force.</param>
/// <param name="Source"><c>default</c> or <c>override</c>.</param>
/// <param name="Default">What the default is.</param>
/// <param name="Effect">How a change comes to a worker that runs: live, by a restart of its session between two clips, or none: it needs none.</param>
public sealed record EffectiveSetting(JsonElement Value, string Source, JsonElement Default, SettingEffect Effect);

/// <summary>Which settings a worker works by.</summary>
public sealed record ProcessSettings
{
    /// <summary>The process.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its node.</summary>
    public required string Node { get; init; }

    /// <summary>Which it was told, as 7.3: version 7 of the defaults and 3 of the streamer's own, the newest that changed anything for it; empty: before there were versions.</summary>
    public required string Told { get; init; }

    /// <summary>Which its worker says that it works by; empty: it has not said.</summary>
    public required string Applied { get; init; }

    /// <summary>Whether it has not taken up what it was told.</summary>
    public required bool Behind { get; init; }

    /// <summary>When it was told other ones than it began with; null: never.</summary>
    public required DateTimeOffset? ToldAt { get; init; }

    /// <summary>How they differ from those before, in words; empty: it was never told others.</summary>
    public required string Change { get; init; }

    /// <summary>What a process shows of it.</summary>
    public static ProcessSettings Of(ClipProcess process) => new()
    {
        Id = process.Id, Node = process.NodeId, Told = process.SettingsVersion, Applied = process.SettingsApplied, Behind = process.IsBehind,
        ToldAt = process.SettingsAt, Change = process.SettingsChange,
    };
}

/// <summary>A version of settings, as the API lists it.</summary>
public record SettingsVersionView
{
    /// <summary>Its number, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who made it.</summary>
    public required string By { get; init; }

    /// <summary>How they were known: session, token, or system, which is the program itself or somebody with the database's password.</summary>
    public required string ByKind { get; init; }

    /// <summary>From where; null where no request made it.</summary>
    public required string? Address { get; init; }

    /// <summary>The request; null where none made it.</summary>
    public required string? Via { get; init; }

    /// <summary>The version whose value it has again; null where nobody went back.</summary>
    public required long? Restores { get; init; }

    /// <summary>What differs from the version before.</summary>
    public required IReadOnlyList<SettingChangeView> Changes { get; init; }

    /// <summary>The whole value; null in lists.</summary>
    public required IReadOnlyDictionary<string, JsonElement>? Settings { get; init; }

    /// <summary>An example.</summary>
    public static SettingsVersionView Example { get; } = new()
    {
        Version = 7, At = DateTimeOffset.Parse("2026-01-31T12:00:00Z"), By = "anna", ByKind = "session", Address = "192.0.2.7", Via = "PUT /settings", Restores = null,
        Changes = [new("surge_threshold", JsonSerializer.SerializeToElement(2), JsonSerializer.SerializeToElement(3))], Settings = null,
    };

    /// <summary>A row as the API shows it.</summary>
    public static SettingsVersionView Of(SettingsVersion version, bool whole) => new()
    {
        Version = version.Version, At = version.At, By = version.Actor, ByKind = version.ActorKind, Address = version.Address, Via = version.Via, Restores = version.Restores,
        Changes = [.. version.Changes.Select(c => new SettingChangeView(c.Setting, Element(c.Before), Element(c.After)))],
        Settings = whole ? SettingsView.Elements(version.Settings) : null,
    };

    private static JsonElement? Element(JsonNode? value) => value is null ? null : JsonSerializer.SerializeToElement(value);
}

/// <summary>A setting that differs from the version before.</summary>
/// <param name="Setting">Its name.</param>
/// <param name="Before">What it was; null: it was not set.</param>
/// <param name="After">What it is; null: it is not set.</param>
public sealed record SettingChangeView(string Setting, JsonElement? Before, JsonElement? After);

/// <summary>What is sent to go back to a version.</summary>
public sealed record RollbackInput
{
    /// <summary>The version whose value shall be in force again.</summary>
    public required long Version { get; init; }

    /// <summary>An example.</summary>
    public static RollbackInput Example { get; } = new() { Version = 5 };
}
