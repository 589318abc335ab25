using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Which clips a request asks for: from the API and from the dashboard alike.</summary>
public static class ClipQuery
{
    /// <summary>The order where nothing is said: newest first.</summary>
    public const string Newest = "-started_at";

    /// <summary>Highest score first.</summary>
    public const string Best = "-score";

    /// <summary>What the list of clips may be asked.</summary>
    public static Listing<Clip> Listing { get; } = new()
    {
        Sorts = [SortKey.Time<Clip>("started_at", "started_at", c => c.StartedAt), SortKey.Real<Clip>("score", "score", c => c.Score)],
        Falling = true,
        Id = SortKey.Id<Clip>("id", "id", c => c.Id),
        Filters =
        [
            QueryParameter.Id("streamer", "Only clips of this streamer."),
            QueryParameter.Id("process", "Only clips that this process cut."),
            QueryParameter.Text("node", "Only clips that were cut on this node.", "node-1", 63),
            QueryParameter.Flag("favourite", "Only favourites, or only the others."),
            QueryParameter.Text("tag", "Only clips with this tag.", "clutch", 400),
            QueryParameter.Time("since", "Only clips that start at this time or later."),
            QueryParameter.Time("until", "Only clips that start before this time."),
            QueryParameter.Number("min_score", "Only clips with this score or a higher one.", 0, 1e9),
            QueryParameter.Text("q", "Only clips with this text in the channel's name, the reason, the note or a tag, in any case.", "ace"),
            QueryParameter.Flag("duplicates", "Only clips whose moment was cut more than once, or only the others."),
            QueryParameter.Flag("removing", "True: clips that are being removed, instead of those that stay."),
        ],
        Item = typeof(ClipView),
    };

    /// <summary>Reads the filters; the faults go into the query's.</summary>
    public static ClipFilter Filter(QueryReader query)
    {
        var (tag, tagFault) = query.Text("tag") is { } text ? ClipTags.Normalise(text) : (null, null);
        if (tagFault is not null) query.Faults.Add("tag", tagFault);
        return new()
        {
            Streamer = query.Id("streamer"),
            Process = query.Id("process"),
            Node = query.Text("node"),
            Favourite = query.Flag("favourite"),
            Tag = tag,
            Since = query.Time("since"),
            Until = query.Time("until"),
            MinScore = query.Number("min_score"),
            Text = query.Text("q"),
            Duplicates = query.Flag("duplicates"),
            Removing = query.Flag("removing") ?? false,
        };
    }
}
