using System.Globalization;
using System.Text;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;

namespace StreamClips.LiveSite.YouTube;

/// <summary>What happens in a chat as YouTube words it. One message in 25 is paid for and comes with a ticker item; to one in 40 a
/// notice of a new member is added.</summary>
public static class ChatActions
{
    /// <summary>What every reader is told first.</summary>
    public static readonly object Welcome = new
    {
        addChatItemAction = new
        {
            item = new
            {
                liveChatViewerEngagementMessageRenderer = new
                {
                    id = "CONVERSATION_WELCOME", timestampUsec = "0", icon = new { iconType = "YOUTUBE_ROUND" },
                    message = new { runs = new[] { new { text = "Welcome to live chat! Remember to guard your privacy." } } },
                },
            },
        },
    };

    /// <summary>The actions of a message.</summary>
    /// <param name="line">The message.</param>
    public static IEnumerable<object> Of(ChatLine line)
    {
        var (id, timestampUsec) = (YouTubeNames.MessageId(line.Id), (line.SentAtMs * 1000).ToString(CultureInfo.InvariantCulture));
        var authorName = new { simpleText = $"@{line.User}" };
        var authorExternalChannelId = YouTubeNames.AuthorId(line.User);
        var message = new { runs = Runs(line) };
        var hash = ChannelNames.Hash(line.Id);
        if (hash % 25 == 0)
        {
            var purchaseAmountText = new { simpleText = "€5.00" };
            var liveChatPaidMessageRenderer = new { id, timestampUsec, authorName, authorExternalChannelId, purchaseAmountText, message };
            yield return Add(new { liveChatPaidMessageRenderer });
            var showItemEndpoint = new { showLiveChatItemEndpoint = new { renderer = new { liveChatPaidMessageRenderer } } };
            yield return new { addLiveChatTickerItemAction = new { item = new { liveChatTickerPaidMessageItemRenderer = new { id, showItemEndpoint } }, durationSec = "120" } };
        }
        else
        {
            yield return Add(new { liveChatTextMessageRenderer = new { id, timestampUsec, authorName, authorExternalChannelId, message, trackingParams = "CAEQl98BIhM" } });
        }
        if (hash % 40 == 1)
        {
            var headerSubtext = new { runs = new[] { new { text = "Welcome to the members!" } } };
            yield return Add(new { liveChatMembershipItemRenderer = new { id = id + "M", timestampUsec, authorName, authorExternalChannelId, headerSubtext } });
        }
    }

    /// <summary>An act of moderation; by turns in today's words and in the older ones, which are still seen.</summary>
    /// <param name="act">The act.</param>
    /// <param name="index">Its place in the answer.</param>
    public static object Of(ModerationAct act, int index)
    {
        var deletedStateMessage = new { runs = new[] { new { text = "[message deleted]" } } };
        if (act.Kind == "chat_delete")
        {
            var targetItemId = YouTubeNames.MessageId(act.Text);
            return index % 2 == 0 ? new { removeChatItemAction = new { targetItemId } } : new { markChatItemAsDeletedAction = new { deletedStateMessage, targetItemId } };
        }
        var externalChannelId = YouTubeNames.AuthorId(act.Text);
        return index % 2 == 0
            ? new { removeChatItemByAuthorAction = new { externalChannelId } }
            : new { markChatItemsByAuthorAsDeletedAction = new { deletedStateMessage, externalChannelId } };
    }

    private static object Add(object item) => new { addChatItemAction = new { item, clientId = "CSIMULATED" } };

    /// <summary>The text in runs: an emote is a run of its own.</summary>
    private static List<object> Runs(ChatLine line)
    {
        var runs = new List<object>();
        var text = new StringBuilder();
        foreach (var word in line.Text.Split(' '))
        {
            var emote = line.Emotes.Length > 0 && word.Length > 2 && word.Any(char.IsUpper) && word.All(char.IsLetterOrDigit);
            if (!emote)
            {
                text.Append(text.Length > 0 || runs.Count > 0 ? " " : "").Append(word);
                continue;
            }
            if (text.Length > 0) runs.Add(new { text = text.Append(' ').ToString() });
            text.Clear();
            runs.Add(new { emoji = new { emojiId = $"UCSIMULATED/{word}", shortcuts = new[] { $":{word}:" }, searchTerms = new[] { word }, isCustomEmoji = true } });
        }
        if (text.Length > 0) runs.Add(new { text = text.ToString() });
        return runs;
    }
}
