using System.Text.Json.Nodes;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Settings;

/// <summary>One version of the defaults, or of a streamer's own settings.</summary>
public sealed record SettingsVersion
{
    /// <summary>Its number, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>The settings as a JSON object: whole defaults, or what a streamer has of its own.</summary>
    public required string Value { get; init; }

    /// <summary>The value of the version before; <c>{}</c> for the first one.</summary>
    public required string Before { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>session, token or system.</summary>
    public required string ActorKind { get; init; }

    /// <summary>Who made it.</summary>
    public required string Actor { get; init; }

    /// <summary>From where; null where no request made it.</summary>
    public string? Address { get; init; }

    /// <summary>The request, as <c>PUT /settings</c>; null where none made it.</summary>
    public string? Via { get; init; }

    /// <summary>The version whose value it has again; null where it has one of its own.</summary>
    public long? Restores { get; init; }

    /// <summary>Whether it is of the defaults: what these leave out is as the program has it.</summary>
    public required bool OfDefaults { get; init; }

    /// <summary>What differs from the version before, setting by setting; null stands for what is not set there.</summary>
    public IReadOnlyList<ValueChange> Changes => SettingValues.Differences(Whole(Before), Whole(Value));

    /// <summary>The settings; of the defaults all of them.</summary>
    public JsonObject Settings => Whole(Value);

    private JsonObject Whole(string json) => OfDefaults ? SettingValues.Over(SettingValues.All(ClipSettings.Default), json) : SettingValues.Over([], json);
}

/// <summary>What a change of settings is made from.</summary>
public abstract record SettingsEdit
{
    /// <summary>Another value in place of the whole.</summary>
    /// <param name="Value">A JSON object.</param>
    public sealed record Replace(string Value) : SettingsEdit;

    /// <summary>The value of an earlier version once more.</summary>
    /// <param name="Version">Its number.</param>
    public sealed record Restore(long Version) : SettingsEdit;
}

/// <summary>How a change of settings ended.</summary>
public enum SettingsChanged
{
    /// <summary>They are as they were wished; where they were so before, there is no new version.</summary>
    Done,

    /// <summary>Somebody else changed them meanwhile.</summary>
    Stale,

    /// <summary>There is no such streamer.</summary>
    NotFound,

    /// <summary>There is no version of this number to go back to.</summary>
    NoSuchVersion,

    /// <summary>They make no sense, or not any more.</summary>
    Invalid,
}

/// <summary>How a change of settings ended, and with what.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Version">The version in force; 0 where there is none.</param>
/// <param name="Faults">What is wrong with them, by setting.</param>
public sealed record SettingsResult(SettingsChanged Outcome, long Version, Http.Faults Faults);
