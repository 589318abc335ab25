using StreamClips.Shared;

namespace StreamClips.ControlPlane.Http;

/// <summary>Addresses that people give. Pure.</summary>
public static class WebAddress
{
    /// <summary>What to give, for people.</summary>
    public const string Remedy = "give an absolute http or https address without a user name";

    /// <summary>Whether a text is an absolute http or https address without a user name.</summary>
    public static bool Is(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0;

    /// <summary>What somebody gave, in quotation marks, without what may be a secret: user, password, query, the key of a stream.</summary>
    public static string Told(string text)
    {
        if (HidesNothing(text)) return $"'{text}'";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return "no address";
        if (IsLikeRtmp(uri.Scheme)) return $"'{RtmpAddress.Masked(uri)}'";
        var (user, query) = (uri.UserInfo.Length > 0 ? $"{RtmpAddress.Hidden}@" : "", uri.Query.Length > 0 ? $"?{RtmpAddress.Hidden}" : "");
        return $"'{uri.Scheme}://{user}{uri.Authority}{uri.AbsolutePath}{query}'";
    }

    /// <summary>What somebody gave, for them to write again what of it may be a secret.</summary>
    public static string ToWriteAgain(string text)
    {
        if (HidesNothing(text) || Is(text)) return text;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length > 0 && IsLikeRtmp(uri.Scheme) ? RtmpAddress.WithoutKey(uri) : "";
    }

    private static bool HidesNothing(string text) => !IsLikeRtmp(text) && text.AsSpan().IndexOfAny('@', '?', '#') < 0;

    // Its other schemes (rtmpt, rtmpe…) are not watched, and their addresses hold keys all the same.
    private static bool IsLikeRtmp(string text) => text.StartsWith("rtmp", StringComparison.OrdinalIgnoreCase);
}
