using System.Text.Json.Serialization;

namespace StreamClips.ClipWorker.Platforms.Twitch;

/// <summary>An answer of Twitch's GraphQL, as far as it matters here.</summary>
internal sealed record GqlAnswer(GqlData? Data, List<GqlError?>? Errors);

/// <summary>What was asked for: a token, or a user.</summary>
internal sealed record GqlData(PlaybackToken? StreamPlaybackAccessToken, GqlUser? User);

/// <summary>Why it was refused.</summary>
internal sealed record GqlError(string Message = "");

/// <summary>A channel.</summary>
internal sealed record GqlUser(GqlStream? Stream);

/// <summary>A channel's broadcast; absent while it is offline.</summary>
internal sealed record GqlStream(string? Id);

/// <summary>A token for one channel's playlist; a secret.</summary>
internal sealed record PlaybackToken(string Value = "", string Signature = "");

/// <summary>Why the usher gives no playlist.</summary>
internal sealed record UsherError(string Error = "");

/// <summary>Reading of Twitch's answers, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(GqlAnswer))]
[JsonSerializable(typeof(List<UsherError>))]
internal sealed partial class TwitchJson : JsonSerializerContext;
