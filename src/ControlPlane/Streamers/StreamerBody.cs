using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Settings;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>Reads what a person says of a streamer, from the API and from the dashboard alike.</summary>
public static class StreamerBody
{
    /// <summary>Reads and checks every field.</summary>
    /// <param name="body">What was sent; the faults go into it.</param>
    /// <param name="defaults">The settings that are not overridden.</param>
    /// <param name="activeOtherwise">Whether it is active where the body does not say.</param>
    /// <param name="before">The streamer as it is; null: it is being added.</param>
    /// <returns>The draft; null where the body has faults.</returns>
    public static StreamerDraft? Read(RequestBody body, ClipSettings defaults, bool activeOtherwise, Streamer? before = null)
    {
        var name = body.Text("name", 100, required: true);
        var url = StreamUrl.Read(body, before?.SealedUrl is null ? null : before.Url);
        var chat = body.Address("chat_url");
        var active = body.Flag("active");
        var overrides = SettingsOverrides.Check(body.Object("settings"), defaults, "settings.", body.Faults);
        body.RefuseUnknown();
        return body.Faults.None
            ? new StreamerDraft { Name = name!, Url = url!, ChatUrl = chat, Active = active ?? activeOtherwise, Settings = overrides, SealedBefore = before?.SealedUrl }
            : null;
    }
}
