import { OperationNodeTransformer, RawNode } from 'kysely';
import type { ColumnDefinitionNode, KyselyPlugin, QueryId } from 'kysely';

/**
 * Lets every text column compare by its bytes, as SQLite does. Ranges of keys (`name/` to `name0`) and ids that sort
 * by time depend on it, and the collation of a PostgreSQL database is whatever its maker chose.
 */
export function bytewiseText(): KyselyPlugin {
  const columns = new BytewiseColumns();
  return {
    transformQuery: ({ node, queryId }) => columns.transformNode(node, queryId),
    transformResult: ({ result }) => Promise.resolve(result),
  };
}

class BytewiseColumns extends OperationNodeTransformer {
  protected override transformColumnDefinition(
    node: ColumnDefinitionNode,
    queryId?: QueryId,
  ): ColumnDefinitionNode {
    const column = super.transformColumnDefinition(node, queryId);
    const type = column.dataType;
    const isText = 'dataType' in type && type.dataType === 'text';
    return isText ? { ...column, dataType: RawNode.createWithSql('text collate "C"') } : column;
  }
}
