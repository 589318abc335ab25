using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Twitch;

/// <summary>Signs and checks what a player shows: playback access tokens, and the paths of media playlists.</summary>
/// <param name="time">The clock.</param>
public sealed class PlaybackTokens(TimeProvider time)
{
    /// <summary>How long an access token can be used. The platform's is 20 minutes.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromMinutes(20);

    /// <summary>How long a signed playlist can be read. The platform's is about a day.</summary>
    public static readonly TimeSpan PlaylistLifetime = TimeSpan.FromHours(24);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>An access token for a channel, as GQL gives it.</summary>
    /// <param name="channel">The channel.</param>
    /// <returns>The token and its signature, 40 hexadecimal digits.</returns>
    public (string Value, string Signature) Issue(Channel channel)
    {
        var value = JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["authorization"] = new { forbidden = false, reason = "" },
            ["channel"] = channel.Name,
            ["channel_id"] = long.Parse(channel.UserId),
            ["expires"] = (time.GetUtcNow() + AccessLifetime).ToUnixTimeSeconds(),
            ["https_required"] = false,
            ["platform"] = "site",
            ["player_type"] = "embed",
            ["version"] = 2,
        });
        return (value, Sign(value));
    }

    /// <summary>Checks an access token. Null: good; else the reason and its code, as usher words them.</summary>
    /// <param name="channelName">The channel that it is shown for.</param>
    /// <param name="value">The token.</param>
    /// <param name="signature">Its signature.</param>
    public (string Error, string Code)? Refuse(string channelName, string? value, string? signature)
    {
        if (string.IsNullOrEmpty(value)) return ("token is missing", "nauth_token_missing");
        if (string.IsNullOrEmpty(signature)) return ("signature is missing", "nauth_sig_missing");
        if (!IsSigned(value, signature)) return ("token signature is invalid", "nauth_sig_invalid");
        using var token = JsonDocument.Parse(value); // signed by us, so it parses
        if (token.RootElement.GetProperty("channel").GetString() != channelName)
            return ("token is for another channel", "nauth_token_channel_mismatch");
        return token.RootElement.GetProperty("expires").GetInt64() <= time.GetUtcNow().ToUnixTimeSeconds()
            ? ("token is expired", "nauth_token_expired")
            : null;
    }

    /// <summary>The signed name of a media playlist.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="broadcast">The broadcast's number.</param>
    /// <param name="rendition">The quality's id.</param>
    public string IssuePlaylist(string channel, long broadcast, string rendition)
    {
        var expires = (time.GetUtcNow() + PlaylistLifetime).ToUnixTimeMilliseconds();
        var value = $"{channel}.{broadcast}.{rendition}.{expires}";
        return $"{value}.{Sign(value)}";
    }

    /// <summary>Reads the signed name of a media playlist; null: forged or too old.</summary>
    /// <param name="signed">The name.</param>
    public (string Channel, long Broadcast, string Rendition, DateTimeOffset Issued)? ReadPlaylist(string signed)
    {
        var cut = signed.LastIndexOf('.');
        if (cut < 0 || !IsSigned(signed[..cut], signed[(cut + 1)..])) return null;
        var parts = signed.Split('.');
        var expires = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[3]));
        return expires <= time.GetUtcNow() ? null : (parts[0], long.Parse(parts[1]), parts[2], expires - PlaylistLifetime);
    }

    // As long as the platform's signatures.
    private string Sign(string value) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(value)))[..40];

    private bool IsSigned(string value, string signature) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(value)), Encoding.UTF8.GetBytes(signature));
}
