using StreamClips.ControlPlane.Http;
using StreamClips.Shared;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>The address of a stream: what everybody may read of it, and what not.</summary>
/// <param name="Shown">The address, with <c>****</c> in the place of a stream's key.</param>
/// <param name="Secret">The whole address where <paramref name="Shown"/> hides a part of it and somebody gave it now; null otherwise.</param>
public sealed record StreamUrl(string Shown, string? Secret)
{
    /// <summary>Most characters.</summary>
    public const int Longest = 2000;

    /// <summary>Reads the field <c>url</c>: http, https, or RTMP.</summary>
    /// <param name="body">What was sent; the faults go into it, without secrets.</param>
    /// <param name="sealedBefore">What is shown of the address that is kept with its key; given back it stays. Null: none is.</param>
    /// <returns>Null where it has a fault.</returns>
    public static StreamUrl? Read(RequestBody body, string? sealedBefore)
    {
        if (body.Text("url", Longest, required: true) is not { } text) return null;
        if (text == sealedBefore || WebAddress.Is(text)) return new(text, null);
        if (!RtmpAddress.Is(text))
        {
            body.Faults.Add("url", $"url is {WebAddress.Told(text)}: {WebAddress.Remedy}, or {RtmpAddress.Example}");
            return null;
        }

        if (RtmpAddress.Fault(text) is { } fault)
        {
            body.Faults.Add("url", $"url {fault}");
            return null;
        }

        var shown = RtmpAddress.Masked(new Uri(text));
        if (shown.Length <= Longest) return new(shown, text);
        // Letters outside of ASCII are shown as three characters a byte (RFC 3986 section 2.1).
        body.Faults.Add("url", $"url has an application of more than {Longest} characters as it is shown: give a shorter one");
        return null;
    }
}
