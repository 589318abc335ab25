namespace StreamClips.Shared.Trust;

/// <summary>
/// How the control plane says that a node is out for good, and not only for now: this trailer of a refusal (UNAUTHENTICATED) is there. The agent then
/// ends its workers, as others watch their channels; what they have cut waits for the day when the node is enrolled again.
/// </summary>
public static class PutOut
{
    /// <summary>Name of the trailer. Its value is <c>revoked</c>, <c>retired</c> or <c>superseded</c>.</summary>
    public const string Trailer = "streamclips-put-out";
}
