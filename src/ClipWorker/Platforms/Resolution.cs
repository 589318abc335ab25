namespace StreamClips.ClipWorker.Platforms;

/// <summary>What was found behind a channel's URL.</summary>
internal abstract record Resolution
{
    /// <summary>A live stream.</summary>
    /// <param name="Playlist">Its media playlist; the address may hold a signature.</param>
    /// <param name="Variant">Which quality it is, for people.</param>
    internal sealed record Online(Uri Playlist, string Variant) : Resolution
    {
        /// <summary>What its pictures are like, as size and codecs; where that changes, its bytes are no longer of one piece.</summary>
        public string Format { get; init; } = "";

        /// <summary>The playlist with its sound; null: it is with the pictures.</summary>
        public Uri? Sound { get; init; }
    }

    /// <summary>No stream, and why.</summary>
    /// <param name="Reason">For people.</param>
    internal abstract record NotOnline(string Reason) : Resolution;

    /// <summary>The channel is there, but sends nothing.</summary>
    /// <param name="Reason">For people.</param>
    internal sealed record Offline(string Reason) : NotOnline(Reason);

    /// <summary>There was a stream, and there will not be one again: the one broadcast that the address names is over.</summary>
    /// <param name="Reason">For people.</param>
    internal sealed record Over(string Reason) : NotOnline(Reason);

    /// <summary>It could not be found out; a later try may succeed.</summary>
    /// <param name="Reason">For people: what failed, and where.</param>
    internal sealed record Unreachable(string Reason) : NotOnline(Reason);

    /// <summary>
    /// The platform does not answer a program like this one (a check for robots, mostly): a later try or another program may
    /// get through. <see cref="SecondWay"/> makes one of the others of it.
    /// </summary>
    /// <param name="Reason">For people: what was refused, and where.</param>
    internal sealed record Refused(string Reason) : NotOnline(Reason);

    /// <summary>There is no stream, and trying again is of no use.</summary>
    /// <param name="Reason">For people: what is there instead, and what to do.</param>
    internal sealed record Wrong(string Reason) : NotOnline(Reason);
}

/// <summary>Finds the stream behind a URL.</summary>
internal interface IResolver
{
    /// <summary>Looks once. Never throws but when cancelled. One caller at a time.</summary>
    Task<Resolution> ResolveAsync(CancellationToken ct);
}
